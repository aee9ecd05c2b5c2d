"""What machine this is: enough to judge the figures by, nothing that names it."""

from __future__ import annotations

import hashlib
import os
import platform
from pathlib import Path

from benchmarks.disks import FileSystem, file_system_of, has_journal


def describe(place: str, tree: str) -> dict[str, str]:
    """The machine, the file system of *place*, the interpreter, and the sources in *tree*."""
    held = file_system_of(place)
    return {
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "memory": _memory(),
        "system": f"{platform.system()} {platform.release()}, {platform.machine()}",
        "file system": _file_system(held),
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "agent-session": f"{_version()}, sources {digest_of(tree)}",
    }


def _file_system(held: FileSystem) -> str:
    without = "" if has_journal(held) else " without a journal"
    return f"{held.kind}{without} ({held.options})" if held.options else held.kind


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            models = [line for line in file if line.startswith("model name")]
    except OSError:
        models = []
    return models[0].partition(":")[2].strip() if models else platform.processor() or "unknown"


def _memory() -> str:
    try:
        pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return "unknown"
    return f"{pages / 2**30:.0f} GiB"


def _version() -> str:
    from agent_session import __version__

    return __version__


def digest_of(tree: str) -> str:
    """Names the sources that were measured: twelve digits over every Python file in *tree*."""
    found = hashlib.sha256()
    for path in sorted(Path(tree).rglob("*.py")):
        found.update(str(path.relative_to(tree)).encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()[:12]


def load() -> float:
    """How many processes wanted a core lately."""
    return round(os.getloadavg()[0], 1)
