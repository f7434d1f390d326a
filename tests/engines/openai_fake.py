"""An OpenAI-compatible server of our own on loopback, that does to each request what it is told to."""

import json
import time
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

JSON, EVENTS, HTML = "application/json", "text/event-stream", "text/html"


def piece(text=None, finish=None, **more):
    return {
        "choices": [{"index": 0, "delta": {"content": text} if text else {}, "finish_reason": finish}],
        **more,
    }


def events(*told, end=b"data: [DONE]\n\n"):
    return b"".join(b"data: " + json.dumps(one).encode() + b"\n\n" for one in told) + end


def streamed(*texts, **usage):
    told = [*map(piece, texts), piece(finish="stop")]
    return 200, EVENTS, events(*told, *([{"choices": [], "usage": usage}] if usage else []))


def models(*names):
    return 200, JSON, json.dumps({"data": [{"id": name} for name in names]}).encode()


@contextmanager
def serving(chat, listed=None):
    """`chat(body)` -> (status, type, bytes or an iterator of them); the address, and what was asked."""
    asked, listed = [], listed or models("petit")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self._say(*listed)

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked.append((self.headers, json.loads(body)))
            self._say(*chat(asked[-1][1]))

        def _say(self, status, kind, said):
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.end_headers()
            with suppress(OSError):
                for part in [said] if isinstance(said, bytes) else said:
                    self.wfile.write(part)

        def log_message(self, *args):
            """Quiet."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request, client_address):
            """Whoever hung up is nobody's error."""

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1", asked
        finally:
            server.shutdown()
            thread.join()


def slowly(seconds):
    yield events(piece("un "), end=b"")
    time.sleep(seconds)
    yield events(piece("deux"), piece(finish="stop"))
