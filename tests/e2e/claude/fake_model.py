"""A scripted Messages API on 127.0.0.1: the client under test asks it, and no real model.

A request takes the next turn of its queue: `main`, or the marker of a subagent, which is a
piece of that agent's own text. A block of a turn is one of
    {"text": "..."}                          text
    {"tool": "Bash", "input": {...}}         a tool call
    {"sleep": 0.5}                           wait first
    {"until": threading.Event}               wait until it is set
    {"sets": threading.Event}                set it
    {"http_error": 400, "message": "..."}    fail the request instead
"""

from __future__ import annotations

import json
import re
import threading
import uuid
from collections.abc import Iterable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from tests.e2e.claude.scenarios import Block, Turn, say

MAIN = "main"
OTHER = "other"  # titles and summaries that the client asks for of itself
TOOLS_OF_MAIN = {"Agent", "Task", "Bash", "Read"}
PLACEHOLDER = re.compile(r"\{\{(agent_id|re:.*?)\}\}")
REPORTED_ID = r"agentId: ([0-9a-z]+)"
TOKENS = {
    "input_tokens": 100,
    "cache_creation_input_tokens": 0,
    "cache_read_input_tokens": 0,
    "output_tokens": 10,
}
HEARTBEAT_SECONDS = 0.05


class Request(NamedTuple):
    """One request for a turn, and what it was answered."""

    queue: str
    body: Mapping[str, Any]
    reply: Turn
    missed: tuple[str, ...]  # the placeholders for which the conversation held nothing

    @property
    def texts(self) -> list[str]:
        """Every string in the conversation that was sent, without the system prompt."""
        return list(strings(self.body.get("messages", [])))

    @property
    def system(self) -> str:
        return "\n".join(strings(self.body.get("system", "")))

    @property
    def tools(self) -> set[str]:
        return {tool["name"] for tool in self.body.get("tools", [])}

    @property
    def results(self) -> list[str]:
        """What each tool call of the conversation answered, in order."""
        return [
            "\n".join(strings(block.get("content", "")))
            for message in self.body.get("messages", [])
            if isinstance(message["content"], list)
            for block in message["content"]
            if block.get("type") == "tool_result"
        ]

    def holds(self, text: str) -> bool:
        return any(text in each for each in self.texts)


def strings(value: object) -> Iterator[str]:
    """Every string inside a JSON value, in order."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)


def filled(value: Any, conversation: str, missed: list[str]) -> Any:
    """*value* with what *conversation* said last in place of each placeholder.

    `{{agent_id}}` is the subagent that was reported last; `{{re:...}}` is group 1, or all,
    of a pattern's last match. What matches nothing is added to *missed*.
    """
    if isinstance(value, list):
        return [filled(each, conversation, missed) for each in value]
    if isinstance(value, dict):
        return {name: filled(each, conversation, missed) for name, each in value.items()}
    if not isinstance(value, str):
        return value

    def found(placeholder: re.Match[str]) -> str:
        name = placeholder[1]
        pattern = REPORTED_ID if name == "agent_id" else name.removeprefix("re:")
        matches = list(re.finditer(pattern, conversation))
        if not matches:
            missed.append(name)
            return "NO-MATCH"
        return matches[-1][matches[-1].re.groups and 1]

    return PLACEHOLDER.sub(found, value)


class FakeModel:
    """The model and its server; `play` says what it answers, `requests` what it was asked."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._requests: list[Request] = []
        self._closing = threading.Event()
        self._queues: dict[str, list[Turn]] = {}
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    # --- the script ---------------------------------------------------------------------------

    def play(self, main: Iterable[Turn], agents: Mapping[str, Iterable[Turn]]) -> None:
        """From now on answer with these turns; what was left of earlier ones is dropped."""
        with self._changed:
            self._queues = {
                **{marker: list(turns) for marker, turns in agents.items()},
                MAIN: list(main),
            }

    @property
    def left(self) -> dict[str, int]:
        """How many turns of each queue were not asked for."""
        with self._changed:
            return {queue: len(turns) for queue, turns in self._queues.items()}

    @property
    def requests(self) -> list[Request]:
        with self._changed:
            return list(self._requests)

    def wait_for(self, queue: str, count: int, seconds: float) -> Request:
        """The *count*-th request of *queue*, counted from 1, as soon as it has come."""

        def of_queue() -> list[Request]:
            return [each for each in self._requests if each.queue == queue]

        with self._changed:
            if not self._changed.wait_for(lambda: len(of_queue()) >= count, seconds):
                raise TimeoutError(f"{len(of_queue())} requests of {queue!r}, not {count}")
            return of_queue()[count - 1]

    def answer(self, body: Mapping[str, Any]) -> Turn:
        """The turn that *body* asked for, its waits over."""
        missed: list[str] = []
        with self._changed:
            queue = self._queue_of(body)
            conversation = "\n".join(strings(body.get("messages", [])))
            turn: Turn = filled(self._next(queue), conversation, missed)
            self._requests.append(Request(queue, body, turn, tuple(missed)))
            self._changed.notify_all()
        for block in turn:
            self._wait(block)
        return turn

    def _queue_of(self, body: Mapping[str, Any]) -> str:
        system = "\n".join(strings(body.get("system", "")))
        for marker in self._queues:
            if marker != MAIN and marker in system:
                return marker
        names = {tool.get("name") for tool in body.get("tools", [])}
        return MAIN if names & TOOLS_OF_MAIN else OTHER

    def _next(self, queue: str) -> Turn:
        if queue == OTHER:
            return say("ok")
        turns = self._queues.get(queue)
        return turns.pop(0) if turns else say("(the script is at its end)")

    def _wait(self, block: Block) -> None:
        if "sleep" in block:
            self._closing.wait(block["sleep"])
        elif "until" in block:
            while not (block["until"].wait(HEARTBEAT_SECONDS) or self._closing.is_set()):
                pass
        elif "sets" in block:
            block["sets"].set()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, model: FakeModel) -> None:
        self.model = model
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed hangs up in the middle; that is no failure of the fake."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- its name there
        """Say nothing."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if not self.path.startswith("/v1/messages?"):
            return self._reply(404, _error("not_found_error", f"no {self.path} in the fake"))
        turn = self.server.model.answer(body)
        for block in turn:
            if "http_error" in block:
                error = _error("invalid_request_error", block["message"])
                return self._reply(block["http_error"], error)
        message = _message(str(body.get("model")), turn)
        if body.get("stream"):
            return self._reply(200, _event_stream(message), "text/event-stream")
        return self._reply(200, json.dumps(message).encode())

    def _reply(self, status: int, content: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _error(kind: str, message: str) -> bytes:
    return json.dumps({"type": "error", "error": {"type": kind, "message": message}}).encode()


def _message(model: str, turn: Turn) -> dict[str, Any]:
    calls = any("tool" in block for block in turn)
    return {
        "id": f"msg_{uuid.uuid4().hex[:24]}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [_content(block) for block in turn if {"text", "tool"} & block.keys()],
        "stop_reason": "tool_use" if calls else "end_turn",
        "stop_sequence": None,
        "usage": TOKENS,
    }


def _content(block: Block) -> dict[str, Any]:
    if "text" in block:
        return {"type": "text", "text": block["text"]}
    return {
        "type": "tool_use",
        "id": f"toolu_{uuid.uuid4().hex[:24]}",
        "name": block["tool"],
        "input": block["input"],
    }


def _event_stream(message: Mapping[str, Any]) -> bytes:
    """The server-sent events of one whole message, as one buffer."""
    events = [
        {"type": "message_start", "message": {**message, "content": [], "stop_reason": None}}
    ]
    for index, content in enumerate(message["content"]):
        events += _events_of(index, content)
    stop = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    events.append({"type": "message_delta", "delta": stop, "usage": {"output_tokens": 10}})
    events.append({"type": "message_stop"})
    return "".join(
        f"event: {each['type']}\ndata: {json.dumps(each)}\n\n" for each in events
    ).encode()


def _events_of(index: int, content: Mapping[str, Any]) -> list[dict[str, Any]]:
    empty: dict[str, Any]
    if content["type"] == "text":
        empty, delta = {"text": ""}, {"type": "text_delta", "text": content["text"]}
    else:
        arguments = json.dumps(content["input"])
        empty, delta = {"input": {}}, {"type": "input_json_delta", "partial_json": arguments}
    return [
        {"type": "content_block_start", "index": index, "content_block": {**content, **empty}},
        {"type": "content_block_delta", "index": index, "delta": delta},
        {"type": "content_block_stop", "index": index},
    ]
