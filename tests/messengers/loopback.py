"""An HTTP server of our own on loopback, told what to answer and how to misbehave:
(method, path, headers, body) -> (status, object, bytes or DROP, headers).
"""

import json
from collections.abc import Callable
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

HTML = b"<html><body>Bienvenue dans notre hotel</body></html>"
DROP = "drop"  # what was asked is done, and the connection cut before the answer


@contextmanager
def serving(answer: Callable):
    """`answer(method, path, headers, body)` -> (status, object | bytes | DROP, headers); yields the port."""

    class Handler(BaseHTTPRequestHandler):
        def _serve(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, said, headers = answer(
                self.command, self.path, self.headers, json.loads(body) if body else None
            )
            if said is DROP:
                return
            said = said if isinstance(said, bytes) else json.dumps(said).encode()
            with suppress(OSError):
                self.send_response(status)
                for name, value in {"Content-Length": str(len(said)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(said)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve

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
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()
