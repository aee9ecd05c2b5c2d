"""`python -m agent_session` is the command line."""

from __future__ import annotations

import sys

from agent_session.surfaces.cli import main

if __name__ == "__main__":
    sys.exit(main())
