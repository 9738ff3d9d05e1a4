"""The page and its requests, for this machine only.

    GET  /          the page
    GET  /models    {"models": [label, …], "shown": [place, …]}
    POST /continue  a `Wanted` as JSON → lines of JSON, written while the text is generated:
                    {"prompt": [token, …]}, then one token a line, then {"end": {"text", "reason"}}
                    a token: {"bytes": "ED 95", "name": "안", "text": "…", "p": 0.25, "likely": [["녕", 0.5], …]}

The server listens on 127.0.0.1 and answers only requests that name it by that address or as localhost: a page of
another site whose name resolves to this machine gets nothing. A continuation is accepted as application/json alone,
which a page of another site may not send unless the server allows it, and this one allows none. One continuation is
generated at a time.
"""

import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from corpus.errors import UserError
from corpus.html import render_page
from model.serving.models import Models
from model.text.generate import Sampling
from model.text.scored import Ended, Step, score_continuation, score_prompt
from tokenizer.encoding.vocabulary import Vocabulary

HOST = "127.0.0.1"
LARGEST = 1 << 20  # bytes of a request
# Nothing from elsewhere is loaded, and the page cannot be part of another one.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:;"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

log = logging.getLogger(__name__)


class Wanted(BaseModel):
    """A request for a continuation. Settings are those of `Sampling`; `model` is a place in the list of models."""

    model_config = ConfigDict(extra="forbid")
    model: int
    prompt: str
    tokens: int = Field(128, ge=1)
    temperature: float = Field(0.8, ge=0, allow_inf_nan=False)
    top_k: int = Field(50, ge=0)
    top_p: float = Field(1.0, ge=0, le=1)
    repetition_penalty: float = Field(1.0, ge=0.01, allow_inf_nan=False)
    stop: list[str] = []
    seed: int = Field(0, ge=0, lt=1 << 63)

    def sampling(self) -> Sampling:
        """The settings of sampling."""
        given = self.model_dump(exclude={"model", "prompt", "stop"})
        return Sampling(stop=tuple(self.stop), **given)


class CompletionServer(ThreadingHTTPServer):
    """Serves a page with the models' completions until it is shut down."""

    daemon_threads = True

    def __init__(self, models: Models, port: int, prompt: str, sampling: Sampling) -> None:
        """`prompt` and `sampling` fill in the form at first; `port` 0 takes a free one. Raises UserError for a port in
        use."""
        self.models, self.generating = models, threading.Lock()
        self.page = render_page(
            "model.serving", "completions.html", choices=models.choices, shown=models.shown(), prompt=prompt, s=sampling
        )
        try:
            super().__init__((HOST, port), _Handler)
        except (OSError, OverflowError) as error:
            raise UserError(f"Port {port} cannot be used ({error}). Give another one with --port.") from error

    @property
    def url(self) -> str:
        """The page's address."""
        return f"http://{HOST}:{self.server_address[1]}/"

    def lines(self, wanted: Wanted) -> Iterator[dict[str, Any]]:
        """The lines of an answer. Raises UserError before the first one if the request cannot be answered."""
        with self.generating:
            decoder, tokenizer = self.models.open(wanted.model)
            sampling = wanted.sampling()
            names = tokenizer.vocabulary
            yield {"prompt": [_token(step, names) for step in score_prompt(decoder, tokenizer, wanted.prompt)]}
            for step in score_continuation(decoder, tokenizer, wanted.prompt, sampling):
                yield {"end": step._asdict()} if isinstance(step, Ended) else _token(step, names)


def _token(step: Step, vocabulary: Vocabulary) -> dict[str, Any]:
    return {
        "bytes": vocabulary.tokens[step.token].hex(" ").upper(),
        "name": _name(step.token, vocabulary),
        "text": step.text,
        "p": step.probability,
        "likely": [[_name(token, vocabulary), probability] for token, probability in step.likely],
    }


def _name(token: int, vocabulary: Vocabulary) -> str:
    """A token in writing: its text, bytes of incomplete characters as \\xED, and special tokens by number."""
    if token in vocabulary.special or not vocabulary.tokens[token]:
        return f"<token {token}>"
    return vocabulary.tokens[token].decode("utf-8", "backslashreplace")


class _Handler(BaseHTTPRequestHandler):
    server: CompletionServer
    timeout = 60  # seconds that a page may take to read a line
    server_version, sys_version = "hanji", ""

    def do_GET(self) -> None:
        if not self._local():
            return
        path = urlsplit(self.path).path
        if path == "/":
            self._answer(200, "text/html; charset=utf-8", self.server.page.encode())
        elif path == "/models":
            models = self.server.models
            found = {"models": [choice.label for choice in models.choices], "shown": models.shown()}
            self._json(200, found)
        else:
            self._json(404, {"error": f"There is no {path} here."})

    def do_POST(self) -> None:
        if not self._local():
            return
        if urlsplit(self.path).path != "/continue":
            self._json(404, {"error": f"There is no {self.path} here."})
            return
        try:
            wanted = self._wanted()
            lines = self.server.lines(wanted)
            first = next(lines)
        except UserError as error:
            self._json(400, {"error": str(error)})
            return
        self._head(200, "application/x-ndjson; charset=utf-8")
        try:
            self._line(first)
            for line in lines:
                self._line(line)
        except UserError as error:
            self._line({"error": str(error)})
        except (BrokenPipeError, ConnectionResetError, TimeoutError):
            log.debug("the page stopped a continuation")
        finally:
            lines.close()  # type: ignore[attr-defined]  # a generator; ends its hold on the models

    def _wanted(self) -> Wanted:
        if self.headers.get_content_type() != "application/json":
            raise UserError("Send the request for a continuation as application/json.")
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LARGEST:
            raise UserError(f"A request has a Content-Length of at most {LARGEST:,} bytes.")
        try:
            return Wanted.model_validate_json(self.rfile.read(int(length)))
        except ValidationError as error:
            found = error.errors()[0]
            where = ".".join(map(str, found["loc"])) or "the request"
            raise UserError(f"{where}: {found['msg']}.") from error

    def _local(self) -> bool:
        """Whether a request names this server as itself, and comes from its own page if from any."""
        port = self.server.server_address[1]
        names = [f"{host}:{port}" for host in (HOST, "localhost")]
        origin = self.headers.get("Origin")
        if self.headers.get("Host") in names and origin in (None, *(f"http://{name}" for name in names)):
            return True
        self._json(403, {"error": f"This server answers its own page alone, {self.server.url}"})
        return False

    def _line(self, line: dict[str, Any]) -> None:
        self.wfile.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        self.wfile.flush()

    def _json(self, status: int, content: dict[str, Any]) -> None:
        self._answer(status, "application/json; charset=utf-8", json.dumps(content, ensure_ascii=False).encode())

    def _answer(self, status: int, kind: str, content: bytes) -> None:
        self._head(status, kind, len(content))
        self.wfile.write(content)

    def _head(self, status: int, kind: str, length: int | None = None) -> None:
        self.send_response(status)
        for name, value in (
            ("Content-Type", kind),
            ("Content-Security-Policy", POLICY),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "no-referrer"),
            ("Cache-Control", "no-store"),
        ):
            self.send_header(name, value)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        log.debug(format, *args)
