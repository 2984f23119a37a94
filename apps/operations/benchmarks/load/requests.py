"""Requests as bytes, and one answer read whole."""

import socket
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Any

import orjson

_ANSWER_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"http://{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    def document(self) -> Any:
        """Return the body's JSON."""
        return orjson.loads(self.body)


def request(path: str, *, key: str = "", etag: str = "", document: Any = None) -> bytes:
    """Return a request on a connection that stays open: GET, or POST with a JSON document."""
    lines = [f"{'GET' if document is None else 'POST'} {path} HTTP/1.1", "Host: localhost", "Accept: application/json"]
    if key:
        lines.append(f"Authorization: Bearer {key}")
    if etag:
        lines.append(f"If-None-Match: {etag}")
    body = b"" if document is None else orjson.dumps(document)
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def ask(address: Address, sent: bytes) -> Answer:
    """Send one request on a connection of its own and return the answer."""
    with socket.create_connection((address.host, address.port), _ANSWER_SECONDS) as connection:
        connection.sendall(sent)
        response = HTTPResponse(connection)
        response.begin()
        body = response.read()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, headers, body)
