"""One finding of `doctor`."""

from __future__ import annotations


class Check:
    """One thing looked at: *is_right* is None for what is only told."""

    __slots__ = ("advice", "is_right", "value", "what")

    def __init__(
        self, what: str, value: str, is_right: bool | None = None, advice: str | None = None
    ) -> None:
        self.what = what
        self.value = value
        self.is_right = is_right
        self.advice = advice if is_right is False else None
