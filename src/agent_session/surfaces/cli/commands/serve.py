"""`serve`: the inbox as a web page, on this machine alone."""

from __future__ import annotations

import sys

from agent_session.core.errors import InvalidValueError
from agent_session.surfaces.cli.arguments import Argument
from agent_session.surfaces.cli.bounds import whole_number
from agent_session.surfaces.cli.render import complain, is_terminal, say
from agent_session.wiring import wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent_session.wiring import Wiring

DEFAULT_PORT = 8642
_HIGHEST_PORT = 65535
_SHORTEST_TOKEN, _LONGEST_TOKEN = 16, 4096


def _port(text: str) -> int:
    number = whole_number(text)
    if number > _HIGHEST_PORT:
        raise ValueError(f"{text!r} is no port: they end at {_HIGHEST_PORT}")
    return number


DETAIL = (
    "Prints a link that lets one browser of this machine in, once, and opens it where there\n"
    "is a desktop.  Ctrl-C ends it.  Needs: pip install 'agent-session[web]'"
)
EXAMPLES = (
    "agent-session serve",
    "agent-session serve --port 0 --no-browser",
    "ssh -L 8642:127.0.0.1:8642 build-host agent-session serve --no-browser",
)
ARGUMENTS = (
    Argument(
        "port",
        f"the port to listen at, 0 for any that is free; else {DEFAULT_PORT}",
        "--port",
        shown="N",
        convert=_port,
    ),
    Argument(
        "token_file",
        "let whoever sends the token in this file read /metrics, as Prometheus does",
        "--metrics-token-file",
        shown="FILE",
    ),
    Argument(
        "no_browser", "open no browser, print the link alone", "--no-browser", is_flag=True
    ),
)


def run(wiring: Wiring, *, port: int | None, token_file: str | None, no_browser: bool) -> int:
    try:
        from agent_session.surfaces.web.server import serve
    except ImportError as error:
        complain(
            f"serve needs the packages of its extra: pip install 'agent-session[web]' for "
            f"{sys.executable} ({error})"
        )
        return 1
    opens = not no_browser and is_terminal(sys.stdout) and _has_desktop(wiring.variables)
    port = DEFAULT_PORT if port is None else port
    metrics_token = None if token_file is None else _token_in(token_file)
    try:
        serve(_as_web(wiring), port, lambda link: _tell(link, opens=opens), metrics_token)
    except OSError as error:
        raise InvalidValueError(
            f"cannot listen at port {port}: {error.strerror}; --port 0 takes any that is free"
        ) from None
    return 0


def _token_in(path: str) -> str:
    try:
        with open(path, encoding="ascii") as file:
            token = file.read(_LONGEST_TOKEN).strip()
    except (OSError, ValueError) as error:
        raise InvalidValueError(f"the token in {path!r} cannot be read: {error}") from None
    if not token.isprintable() or " " in token or len(token) < _SHORTEST_TOKEN:
        raise InvalidValueError(
            f"{path!r} holds no token: one word of {_SHORTEST_TOKEN} characters at least"
        )
    return token


def _as_web(wiring: Wiring) -> Wiring:
    """The journal names the page for what is done on it."""
    return wire("web", store=wiring.url, project=wiring.project)


def _tell(link: str, *, opens: bool) -> None:
    """The link is the result; what to do with it is words."""
    say(link)
    sys.stdout.flush()
    complain(
        "open it in a browser of this machine, within five minutes; Ctrl-C ends the server"
    )
    if opens:
        import webbrowser

        webbrowser.open(link)


def _has_desktop(variables: Mapping[str, str]) -> bool:
    """A browser for the terminal would take the terminal from the server."""
    return sys.platform == "darwin" or bool(
        variables.get("DISPLAY") or variables.get("WAYLAND_DISPLAY")
    )
