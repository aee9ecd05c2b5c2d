"""The people whose signatures count: an allowed signers file, as `ssh-keygen` reads it."""

from __future__ import annotations

from . import signatures


class Signers:
    """The file *path*, which may not be in *project*, for an agent can write there."""

    def __init__(self, path: str, project: str) -> None:
        self.path = path
        self.project = project

    def sign(self, key: str, message: bytes) -> str:
        """The signature of *message* with the SSH key in the file *key*; InvalidValueError."""
        return signatures.sign(key, message)

    def verify(self, message: bytes, signature: str) -> str:
        """Who has signed; InvalidValueError says why nobody who counts has."""
        return signatures.verify(message, signature, self.path, self.project)
