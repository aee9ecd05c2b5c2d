"""A writer of the demo: `ID N` updates a session as fast as it can, from number N on.

It says a number only once the update with that number is kept.
"""

from __future__ import annotations

import itertools
import os
import sys

from agent_session import update_state

if __name__ == "__main__":
    for number in itertools.count(int(sys.argv[2])):
        if not update_state(sys.argv[1], metadata={"number": number}):
            sys.exit(f"update {number} was refused")
        os.write(1, f"{number}\n".encode())
