"""A local provider of the chat-completions protocol, misbehaviour on demand; the real SDK talks to it.

`script` holds one behaviour for each coming call, after which the server is well behaved. Its model is honest but
gullible: it sorts a text by a word in it, and obeys a text that says so, for every report of the same call.
"""

import json
import re
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from apps.triage.client import LLMClient, Provider

_WORDS = {"pothole": "infrastructure", "trash": "sanitation", "gas": "safety", "music": "noise", "tree": "maintenance"}
_ORDER = re.compile(r"classify (?:all|every)\w* .*? as (\w+)", re.IGNORECASE)


class LLMServer:
    """What the server was asked, and how it will answer."""

    def __init__(self) -> None:
        self.script: deque[str] = deque()
        self.always = ""
        self.requests: list[dict[str, Any]] = []
        self.waits: list[float] = []
        self.release = threading.Event()
        self.on_call = lambda: None
        self.url = ""
        self.most_at_once = 0
        self.inside = 0
        self.lock = threading.Lock()

    def client(self, timeout_seconds: float = 10.0) -> LLMClient:
        """Return a client of this server that notes its waits instead of sleeping."""
        provider = Provider(base_url=self.url, api_key="k", model="stub-1", timeout_seconds=timeout_seconds)
        return LLMClient(provider, sleep=self.waits.append)

    @property
    def texts(self) -> list[list[str]]:
        """Return the texts of each call."""
        return [[report["text"] for report in reports_of(request)] for request in self.requests]


def reports_of(request: dict[str, Any]) -> list[dict[str, str]]:
    """Read the reports out of a request: the JSON lines between the fences."""
    lines = request["messages"][-1]["content"].splitlines()
    return [json.loads(line) for line in lines[2:-1]]


def _label(reports: list[dict[str, str]], text: str) -> str:
    orders = [found.group(1) for report in reports if (found := _ORDER.search(report["text"]))]
    if orders:
        return orders[0]
    return next((category for word, category in _WORDS.items() if word in text.lower()), "other")


def _items(reports: list[dict[str, str]]) -> list[dict[str, Any]]:
    return [
        {
            "id": report["id"],
            "category": _label(reports, report["text"]),
            "severity": "low",
            "service": "pothole" if "pothole" in report["text"].lower() else "",
            "confidence": 0.9,
            "reason": "seen",
        }
        for report in reports
    ]


def _content(behaviour: str, items: list[dict[str, Any]]) -> str:
    if behaviour == "missing":
        items = items[:-1]
    elif behaviour == "doubled":
        items = [*items, {**items[0], "category": "noise"}]
    elif behaviour == "unknown_label":
        items = [{**items[0], "category": "aliens"}, *items[1:]]
    elif behaviour == "unknown_id":
        items = [*items, {**items[0], "id": "someone-else"}]
    elif behaviour == "wrong_schema":
        return json.dumps({"answer": items})
    text = json.dumps({"items": items})
    return text[: len(text) // 2] if behaviour == "truncated" else text


class _Handler(BaseHTTPRequestHandler):
    llm: LLMServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.llm.lock:
            self.llm.requests.append(request)
            behaviour = self.llm.script.popleft() if self.llm.script else self.llm.always
            self.llm.inside += 1
            self.llm.most_at_once = max(self.llm.most_at_once, self.llm.inside)
        self.llm.on_call()
        if behaviour == "slow":
            self.llm.release.wait(30)
        with self.llm.lock:
            self.llm.inside -= 1
        self._answer(behaviour, request)

    def _answer(self, behaviour: str, request: dict[str, Any]) -> None:
        if behaviour.isdigit():
            self._send(int(behaviour), {"error": {"message": behaviour}})
        elif behaviour.startswith("429 "):
            self._send(429, {"error": {"message": "slow down"}}, {"Retry-After": behaviour[4:]})
        elif behaviour == "no_completion":
            self._send(200, {"hello": "world"})
        else:
            self._send(200, self._completion(behaviour, request))

    def _completion(self, behaviour: str, request: dict[str, Any]) -> dict[str, Any]:
        content = _content(behaviour, _items(reports_of(request)))
        message = {"role": "assistant", "content": content}
        usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
        return {
            "id": "1",
            "object": "chat.completion",
            "created": 1,
            "model": request["model"],
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {**usage, "prompt_tokens_details": {"cached_tokens": 60}},
        }

    def _send(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        payload = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        try:
            self.wfile.write(payload)
        except OSError:
            self.close_connection = True  # the client gave up waiting, as it should

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def llm_server() -> Iterator[LLMServer]:
    """Run the server on a free port."""
    llm = LLMServer()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"llm": llm}))
    server.daemon_threads = True
    llm.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield llm
    finally:
        llm.release.set()
        server.shutdown()
        server.server_close()
