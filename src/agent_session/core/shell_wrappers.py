"""The commands that run another, and where in their words it begins."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .shell_words import Word

    Words = Sequence[Word]


class Wrapper:
    """A command that runs another: which of its options take the next word (*letters* and
    *names*), and how many words stand before the command, the wrapper's own name included.
    """

    __slots__ = ("_letters", "_names", "first")

    def __init__(self, letters: str = "", names: str = "", first: int = 1) -> None:
        self._letters = letters
        self._names = frozenset(names.split())
        self.first = first

    def inner(self, words: Words) -> Words:
        return words[past_options(words, self.takes_next) + self.first - 1 :]

    def takes_next(self, option: str) -> bool:
        if option.startswith("--"):
            return option[2:] in self._names
        valued = [at for at, letter in enumerate(option) if letter in self._letters]
        return valued[:1] == [len(option) - 1]


def past_options(words: Words, takes_next: Callable[[str], bool]) -> int:
    """Where the first word stands that is no option of words[0], and no option's value."""
    at = 1
    while at < len(words) and words[at].text[:1] in {"-", "+"}:
        option = words[at].text
        at += 2 if takes_next(option) else 1
        if option == "--":
            break
    return at


WRAPPERS = {
    "builtin": Wrapper(),
    "busybox": Wrapper(),
    "caffeinate": Wrapper("tw"),
    "chroot": Wrapper(first=2),
    "chrt": Wrapper("TPD", "sched-runtime sched-period sched-deadline", first=2),
    "command": Wrapper(),
    "doas": Wrapper("uC"),
    "env": Wrapper("uC", "unset chdir"),
    "exec": Wrapper("a"),
    "flock": Wrapper("wE", "wait timeout conflict-exit-code", first=2),
    "gtimeout": Wrapper("sk", "signal kill-after", first=2),
    "ionice": Wrapper("cnp", "class classdata"),
    "nice": Wrapper("n", "adjustment"),
    "nocorrect": Wrapper(),
    "noglob": Wrapper(),
    "nohup": Wrapper(),
    "repeat": Wrapper(first=2),
    "runuser": Wrapper("ugG", "user group supp-group"),
    "setsid": Wrapper(),
    "stdbuf": Wrapper("ioe", "input output error"),
    "strace": Wrapper("abeEIoOpPsSuUX"),
    "sudo": Wrapper(
        "ughpCrtTUDR",
        "user group host prompt close-from role type command-timeout other-user chdir chroot",
    ),
    "systemd-run": Wrapper("HMpuEt", "unit property slice uid gid setenv description"),
    "taskset": Wrapper(first=2),
    "time": Wrapper("fo", "format output"),
    "timeout": Wrapper("sk", "signal kill-after", first=2),
    "unbuffer": Wrapper(),
    "xargs": Wrapper(
        "adEILnPs", "arg-file delimiter max-args max-chars max-lines max-procs replace"
    ),
}
SHELL = Wrapper("oO", "rcfile init-file")
# The words of these are joined, and read as a command line.
JOINING = {
    "eval": Wrapper(),
    "parallel": Wrapper("jaIN", "jobs arg-file joblog"),
    "ssh": Wrapper("BDEFIJLOPQRSWbceilmopw", first=2),
    "watch": Wrapper("nq", "interval equexit"),
}
