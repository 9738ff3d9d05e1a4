"""A real HTTP server on the loopback that misbehaves as it is told, to hold downloads to their promises."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Answer:
    """One answer, right or wrong: which slice of the file is sent, what is said of it, and what happens then.

    Content-Length is the slice's and ETag the file's, unless `headers` says otherwise; None leaves a header out.
    """

    code: int = 200
    body: slice | bytes = b""
    headers: dict[str, str | None] = field(default_factory=dict)
    cut: bool = False  # the connection breaks
    wait: float = 0.0  # seconds before it


HALF = Answer(body=slice(0.5), headers={"Content-Length": "whole"}, cut=True)  # the first half of a file, then nothing


def answers(*script: Answer | int | None) -> Callable[["Handler", int, bytes], bool]:
    """A fault: attempt i is answered by script[i - 1], a bare number by that status; None, and all after the last,
    as a good server does."""

    def fault(handler: "Handler", attempt: int, body: bytes) -> bool:
        answer = script[attempt - 1] if attempt <= len(script) else None
        if answer is None:
            return False
        answer = Answer(answer) if isinstance(answer, int) else answer
        start, stop = (answer.body.start or 0, answer.body.stop) if isinstance(answer.body, slice) else (0, None)
        stop = int(stop * len(body)) if isinstance(stop, float) else stop
        sent = body[start:stop] if isinstance(answer.body, slice) else answer.body
        known: dict[str, str | None] = {
            "ETag": handler.owner.tags.get(urlsplit(handler.path).path),
            "Content-Length": str(len(sent)),
        }
        headers = known | answer.headers
        if headers["Content-Length"] == "whole":
            headers["Content-Length"] = str(len(body))
        if answer.wait:
            time.sleep(answer.wait)
        handler.answer(answer.code, {name: value for name, value in headers.items() if value is not None}, sent)
        if answer.cut:
            handler.cut()
        return True

    return fault


def always(answer: Answer | int) -> Callable[["Handler", int, bytes], bool]:
    """A fault: the same answer to everything."""
    return answers(*[answer] * 100)


class Server:
    """Serves `files` (path → bytes).

    `faults` maps a path to a function(handler, attempt, body) that may answer in its own way and returns True if it
    did; attempts count GETs from 1.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.tags: dict[str, str] = {}
        self.faults: dict[str, Callable[[Handler, int, bytes], bool]] = {}
        self.gets: Counter[str] = Counter()
        self.ranges: list[tuple[str, str | None]] = []
        self.busy = self.busiest = 0
        self.lock = threading.Lock()
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"owner": self}))
        self.http.daemon_threads = True
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()  # seconds to a shutdown
        self.url = f"http://127.0.0.1:{self.http.server_port}"

    def put(self, path: str, body: bytes) -> str:
        """Serve a file; its URL."""
        self.files[path] = body
        self.tags[path] = f'"{hash(body) & 0xFFFFFFFF:x}"'
        return self.url + path

    def close(self) -> None:
        """Stop serving."""
        self.http.shutdown()
        self.http.server_close()


class Handler(BaseHTTPRequestHandler):
    owner: Server
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        body = self.owner.files.get(urlsplit(self.path).path)
        self.answer(404 if body is None else 200, {"Content-Length": str(len(body or b""))}, b"")

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        owner = self.owner
        with owner.lock:
            owner.gets[path] += 1
            owner.busy += 1
            owner.busiest = max(owner.busiest, owner.busy)
            owner.ranges.append((path, self.headers.get("Range")))
            attempt = owner.gets[path]
        try:
            body = owner.files.get(path)
            if path in owner.faults and owner.faults[path](self, attempt, body or b""):
                return
            if body is None:
                self.answer(404, {"Content-Length": "0"}, b"")
            else:
                self.serve(path, body)
        finally:
            with owner.lock:
                owner.busy -= 1

    def serve(self, path: str, body: bytes) -> None:
        """As a good server does: ranges, validators."""
        tag = self.owner.tags[path]
        wanted = self.headers.get("Range")
        if wanted and self.headers.get("If-Range") in (None, tag):
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            if start >= len(body):
                self.answer(416, {"Content-Range": f"bytes */{len(body)}", "Content-Length": "0"}, b"")
                return
            rest = body[start:]
            span = f"bytes {start}-{len(body) - 1}/{len(body)}"
            self.answer(206, {"Content-Range": span, "ETag": tag, "Content-Length": str(len(rest))}, rest)
        else:
            self.answer(200, {"ETag": tag, "Content-Length": str(len(body))}, body)

    def answer(self, code: int, headers: dict[str, str], body: bytes) -> None:
        """Send an answer as given, right or wrong."""
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def cut(self) -> None:
        """Break the connection."""
        self.wfile.flush()
        self.close_connection = True
        self.connection.shutdown(2)

    def log_message(self, *_: object) -> None:
        """Keep test output clean."""
