"""Read HTTP/1.1 answers as they come in: as little of them as tells where they end and whether they are good."""

_LONGEST_HEAD = 64 * 1024
_END_OF_HEAD = b"\r\n\r\n"
_EMPTY_STATUSES = (204, 304)


class BadAnswer(ValueError):
    """What came is not an HTTP answer, or more than one."""


class AnswerReader:
    """One connection's answers, one after the other; bodies are counted, not kept."""

    __slots__ = ("_buffer", "_chunked", "_missing", "closing", "status", "until_close")

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Forget the last answer and wait for the next."""
        self.status = 0
        self.closing = False
        self.until_close = False
        self._buffer = b""
        self._missing = 0
        self._chunked = False

    @property
    def started(self) -> bool:
        """Whether anything of the answer has come."""
        return bool(self.status or self._buffer)

    def feed(self, data: bytes) -> bool:
        """Take what was received and return whether the answer is complete. Errors: BadAnswer."""
        if not self.status:
            return self._read_head(self._buffer + data if self._buffer else data)
        if self._chunked:
            return self._read_chunks(self._buffer + data)
        return self._count(len(data))

    def _read_head(self, data: bytes) -> bool:
        end = data.find(_END_OF_HEAD)
        if end < 0:
            if len(data) > _LONGEST_HEAD or not data.startswith(b"HTTP/1."[: len(data)]):
                raise BadAnswer(f"not an HTTP answer: {data[:40]!r}")
            self._buffer = data
            return False
        head = data[:end].lower()
        try:
            self.status = int(head[9:12])
        except ValueError:
            raise BadAnswer(f"not a status line: {head[:40]!r}") from None
        self._buffer = b""
        self.closing = b"\r\nconnection: close" in head
        if self.status in _EMPTY_STATUSES:
            return self._count(len(data) - end - 4)
        if b"\r\ntransfer-encoding: chunked" in head:
            self._chunked = True
            return self._read_chunks(data[end + 4 :])
        return self._read_length(head, len(data) - end - 4)

    def _read_length(self, head: bytes, received: int) -> bool:
        place = head.find(b"\r\ncontent-length:")
        if place < 0:
            self.until_close = self.closing = True
            return False
        line_end = head.find(b"\r\n", place + 17)
        self._missing = int(head[place + 17 : line_end if line_end > 0 else len(head)])
        return self._count(received)

    def _count(self, received: int) -> bool:
        if self.until_close:
            return False
        self._missing -= received
        if self._missing < 0:
            raise BadAnswer(f"{-self._missing} bytes more than Content-Length says")
        return self._missing == 0

    def _read_chunks(self, data: bytes) -> bool:
        """Walk over whole chunks and keep the rest for when more has come. No trailers: nobody sends any."""
        place = 0
        while (line_end := data.find(b"\r\n", place)) >= 0:
            size = int(data[place:line_end].partition(b";")[0], 16)
            chunk_end = line_end + 2 + size + 2
            if len(data) < chunk_end:
                break
            if data[chunk_end - 2 : chunk_end] != b"\r\n" or (size == 0 and len(data) > chunk_end):
                raise BadAnswer("a chunk does not end where it says")
            if size == 0:
                return True
            place = chunk_end
        self._buffer = data[place:]
        return False
