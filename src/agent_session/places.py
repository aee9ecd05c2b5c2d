"""Where a store is, as a URL says: `files:PATH`, `sqlite:PATH`, `postgresql://...`, `memory:`,
or a plain path, which is a folder of files.
"""

from __future__ import annotations

from .project import absolute, without_dots

FILES = "files"
SQLITE = "sqlite"
POSTGRES = "postgres"
_ALIASES = {"postgresql": POSTGRES}
_ON_DISK = (FILES, SQLITE)
# What SQLite and its store keep beside the database.
_BESIDE_SQLITE = ("", "-journal", "-wal", "-shm", "-gate")


def kind_and_place(url: str) -> tuple[str, str]:
    """The kind of store that *url* names, known or not, and where: an absolute path, or for a
    server the whole URL. The place is empty where none is named.
    """
    kind, colon, place = url.partition(":")
    if not colon or "/" in kind:
        kind, place = FILES, url
    kind = _ALIASES.get(kind, kind)
    if kind not in _ON_DISK:
        return kind, url
    place = "/" + place.lstrip("/") if place.startswith("///") else place
    return kind, absolute(place) if place else ""


def located(url: str, folder: str) -> str:
    """*url* with a relative path seen from *folder*."""
    kind, colon, place = url.partition(":")
    if not colon or "/" in kind:
        return url if not url or url.startswith("/") else f"{folder}/{url}"
    if kind not in _ON_DISK or not place or place.startswith("/"):
        return url
    return f"{kind}:{folder}/{place}"


def path_of(url: str) -> str | None:
    """Its folder or file on this disk; None for a store that has none."""
    kind, place = kind_and_place(url)
    return place if kind in _ON_DISK else None


def lasting(url: str) -> str | None:
    """The URL by which the store is found from any folder, without a password; None for one
    that ends with the process.
    """
    kind, place = kind_and_place(url)
    if kind in _ON_DISK:
        return f"{kind}:{without_dots(place)}"
    return without_password(url) if kind == POSTGRES else None


def own_paths(url: str) -> tuple[str, ...]:
    """What on this disk is the store's own: its folder, or its files."""
    kind, place = kind_and_place(url)
    if kind == FILES:
        return (place,)
    return tuple(place + suffix for suffix in _BESIDE_SQLITE) if kind == SQLITE else ()


def without_password(url: str) -> str:
    """*url* as it may be shown and kept."""
    if kind_and_place(url)[0] != POSTGRES:
        return url
    scheme, _, rest = url.partition("://")
    rest, question, options = rest.partition("?")
    account, at, host = rest.rpartition("@")
    kept = [each for each in options.split("&") if not each.startswith("password=")]
    shown = f"{scheme}://{account.partition(':')[0]}{at}{host}"
    return shown + question + "&".join(kept) if any(kept) else shown
