"""A plain platform above: an HTTP server that takes the documents of other makers' forms and may be made to misbehave.

It knows nothing of ours: it keeps what came, in order, and answers as it is told to.
"""

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any


class Got:
    def __init__(self, path: str, headers: dict[str, str], body: bytes) -> None:
        self.path, self.headers, self.body = path, headers, body

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Above:
    """`manner(got)` answers `(status, headers, document)`; None: the line is cut when all was heard."""

    def __init__(self) -> None:
        self.got: list[Got] = []
        self.manner: Callable[[Got], tuple[int, dict[str, str], object] | None] = well
        self.heard = Event()
        """Set whenever something came."""
        self._lock = Lock()
        above = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                length = int(self.headers.get("content-length", "0"))
                got = Got(self.path, {k.lower(): v for k, v in self.headers.items()}, self.rfile.read(length))
                answer = above.take(got)
                if answer is None:
                    self.close_connection = True
                    self.connection.close()
                    return
                status, headers, document = answer
                body = document if isinstance(document, bytes) else json.dumps(document).encode()
                self.send_response(status)
                for name, value in {"content-type": "application/json", **headers}.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Not on the tests' screen."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def take(self, got: Got) -> tuple[int, dict[str, str], object] | None:
        with self._lock:
            self.got.append(got)
        self.heard.set()
        return self.manner(got)

    def of(self, path: str) -> list[Any]:
        return [got.json for got in self.got if got.path == path]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def well(got: Got) -> tuple[int, dict[str, str], object]:
    return 200, {}, {"success": 1}
