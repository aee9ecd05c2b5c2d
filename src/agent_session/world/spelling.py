"""Names that the system gives (of files, branches, signers), as text that JSON can carry."""

from __future__ import annotations


def spelled(name: str) -> str:
    r"""*name* with each byte that is not UTF-8 as `\xff`, and each backslash doubled.

    Doubled so that no two names are spelled alike: one would hide the other's change.
    """
    raw = name.encode(errors="surrogateescape").replace(b"\\", b"\\\\")
    return raw.decode(errors="backslashreplace")
