"""An S3-speaking server (moto's) in front of which faults can be put."""

import threading
from collections.abc import Callable, Iterable
from typing import Any

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

Fault = Callable[["S3Server", dict[str, Any], Any], Iterable[bytes]]


def refused(status: str, code: str) -> Fault:
    """An error answer of S3."""

    def fault(_: "S3Server", environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        body = f"<Error><Code>{code}</Code><Message>try again</Message></Error>".encode()
        start(status, [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
        return [body]

    return fault


def cut(server: "S3Server", environ: dict[str, Any], start: Any) -> Iterable[bytes]:
    """The right answer, broken off in the middle of its body."""
    answer = b"".join(server.application(environ, start))

    def half() -> Iterable[bytes]:
        yield answer[: len(answer) // 2]
        raise ConnectionResetError("cut")

    return half()


class S3Server:
    """Serves buckets on a port of this machine; `faults` maps a request's number to what answers it instead."""

    def __init__(self) -> None:
        self.application = DomainDispatcherApplication(create_backend_app)
        self.faults: dict[int, Fault] = {}
        self.requests: list[str] = []
        self._server = make_server("127.0.0.1", 0, self, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        self.requests.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
        fault = self.faults.get(len(self.requests))
        return fault(self, environ, start) if fault else self.application(environ, start)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
