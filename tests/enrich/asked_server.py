"""A server that asks about the longest words of the text it is shown, or does as it is told; and its log."""

import json
import re
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

JSON, HTML = "application/json", "text/html"


def text_in(body):
    """The text of the person in a request made of the default templates."""
    said = body["messages"][-1]["content"]
    return said.partition("Le texte :\n")[2].rpartition("\n\nLa question")[0]


def tokens(text):
    """A tokenizer of sorts: a word is one token, or more where it is long."""
    return sum(1 + len(word) // 5 for word in re.findall(r"\w+|[^\w\s]", text))


def question_about(text):
    words = sorted(
        set(re.findall(r"[^\W\d_\[\]]{5,}", re.sub(r"\[\w+\]", " ", text))), key=lambda w: (-len(w), w)
    )
    return f"Alors, et {' et '.join(word.lower() for word in words[:4])} ?"


def said(text, body=None, usage=True):
    """A chat completion, with the tokens counted."""
    read = sum(4 + tokens(one["content"]) for one in (body or {"messages": []})["messages"])
    counted = {"prompt_tokens": read, "completion_tokens": tokens(text)}
    answer = {"choices": [{"index": 0, "message": {"role": "assistant", "content": text}}]}
    return 200, JSON, json.dumps({**answer, **({"usage": counted} if usage else {})}).encode()


def asks(body):
    return said(question_about(text_in(body)), body)


@contextmanager
def serving(chat=asks):
    """(address, the bodies asked for so far, as bytes)"""
    log = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            log.append(body)
            status, kind, answer = chat(json.loads(body))
            with suppress(OSError):
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

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
            yield f"http://127.0.0.1:{server.server_port}/v1#petit", log
        finally:
            server.shutdown()
            thread.join()
