"""How a page is made: templates in which all text is data, whoever wrote it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from agent_session.core.visible import lines, one_line
from agent_session.telling.words import counted, local_time, short_span_of

if TYPE_CHECKING:
    from starlette.requests import Request

_HERE = __file__.rpartition("/")[0]
STATIC_FOLDER = f"{_HERE}/static"


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(f"{_HERE}/templates"),
        autoescape=True,  # by itself it goes by the name of a file
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "lines": lines,
        "one_line": one_line,
        "local_time": local_time,
        "span": short_span_of,
        "counted": counted,
    }
    return made


_TEMPLATES = _environment()


def page(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """The answer to *request* that *template* makes of *values*."""
    return HTMLResponse(rendered(template, **common(request), **values), status)


def common(request: Request) -> dict[str, Any]:
    """What every page may show."""
    state = request.app.state
    return {
        "store": state.shown_store,
        "path": request.url.path,
        "token": state.doors.token_for(request.scope["cookie"]),
    }


def rendered(template: str, **values: Any) -> str:
    return _TEMPLATES.get_template(template).render(values)
