"""A Sentry on loopback that keeps every byte it is sent."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class SentryServer:
    dsn: str
    envelopes: list[bytes] = field(default_factory=list)

    def heard_of(self, *words: str) -> bool:
        """Whether one envelope holds all these words."""
        sought = [one.encode() for one in words]
        return any(all(one in told for one in sought) for told in self.envelopes)


@contextmanager
def sentry_server() -> Iterator[SentryServer]:
    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told = self.rfile.read(int(self.headers["content-length"]))
            is_packed = self.headers.get("content-encoding") == "gzip"
            made.envelopes.append(gzip.decompress(told) if is_packed else told)
            self.send_response(200)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: pytest's output is for tests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    made = SentryServer(f"http://key@127.0.0.1:{server.server_port}/1")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
