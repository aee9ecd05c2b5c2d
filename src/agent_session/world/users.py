"""The user of this process, as the system names them: no flag and no variable does."""

from __future__ import annotations

import posix
import pwd


def user_name() -> str:
    user = posix.getuid()
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"uid {user}"
