"""The browser of this system, which the tests of the page drive; none is ever downloaded."""

from __future__ import annotations

import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
# A browser that runs as root has no sandbox; it loads pages of this machine alone.
ARGUMENTS = ("--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu")


def chromium() -> str | None:
    """Its path; None where none is installed."""
    return next(filter(None, map(shutil.which, NAMES)), None)
