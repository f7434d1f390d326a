"""What vLLM answers of adapters and of token ids, on a socket: its protocol, over a model of PEFT's."""

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer
from threading import Lock, Thread


class FakeVllm:
    """`loaded`: models by their adapters' names; `asked`: all that was sent; `refuses`: with this status."""

    def __init__(self, root):
        self.root, self.loaded, self.asked, self.refuses, self.largest = str(root), {}, [], None, 0
        self._lock = Lock()

    def answer(self, path, body):
        """A status, and what is said: an object, or the events of a stream."""
        self.asked.append((path, body))
        if path == "/v1/models":
            base = {"id": "base", "root": self.root, "parent": None, "max_model_len": 512}
            return 200, {"data": [base, *({"id": name, "parent": "base"} for name in self.loaded)]}
        if path == "/v1/load_lora_adapter":
            return self._load(body)
        if path == "/v1/unload_lora_adapter":
            return 200 if self.loaded.pop(body["lora_name"], None) else 404, {}
        if path == "/v1/completions" and body["model"] in (*self.loaded, "base"):
            return 200, self._events(self.loaded.get(body["model"]) or self._model(), body)
        return 404, {"error": {"message": "does not exist"}}

    def _load(self, body):
        if self.refuses or "lora_name" not in body:
            return self.refuses or 400, {}
        self.loaded[body["lora_name"]] = self._model(body["lora_path"])
        self.largest = max(self.largest, len(self.loaded))
        return 200, {}

    def _model(self, adapter=None):
        import peft

        from sosie.models.catalogue import find
        from sosie.models.load import load

        with self._lock:
            model = load(find("mini")).model
            return peft.PeftModel.from_pretrained(model, adapter).eval() if adapter else model

    def _events(self, model, body):
        """The likeliest tokens; the last event says why there is no more."""
        import torch

        ids, made = [*body["prompt"]], 0
        with torch.inference_mode():
            while made < body["max_tokens"]:
                logprobs = model(torch.tensor([ids])).logits[0, -1].log_softmax(-1)
                token, made = int(logprobs.argmax()), made + 1
                ids.append(token)
                told = {"token_ids": [token], "finish_reason": None}
                if "logprobs" in body:
                    told["logprobs"] = odds(logprobs, token, body["logprobs"])
                yield {"choices": [told]}
                if token in body["stop_token_ids"]:
                    break
        yield {"choices": [{"token_ids": [], "finish_reason": "stop", "logprobs": None}]}


def odds(logprobs, token, others):
    likeliest = logprobs.topk(others)
    ranked = zip(likeliest.indices.tolist(), likeliest.values.tolist(), strict=True)
    return {
        "tokens": [f"token_id:{token}"],
        "token_logprobs": [float(logprobs[token])],
        "top_logprobs": [{f"token_id:{one}": value for one, value in ranked}] if others else None,
    }


@contextmanager
def vllm_at(path: Path, root):
    """A server on this socket, whose base lies at `root`."""
    fake = FakeVllm(root)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self._say(*fake.answer(self.path, None))

        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._say(*fake.answer(self.path, body))

        def _say(self, status, said):
            self.send_response(status)
            self.send_header(
                "Content-Type", "application/json" if isinstance(said, dict) else "text/event-stream"
            )
            self.end_headers()
            if isinstance(said, dict):
                self.wfile.write(json.dumps(said).encode())
                return
            for event in said:
                self.wfile.write(b"data: " + json.dumps(event).encode() + b"\n\n")
            self.wfile.write(b"data: [DONE]\n\n")

        def log_message(self, *args):
            """Quiet."""

    class Server(ThreadingMixIn, UnixStreamServer):
        daemon_threads = True

        def handle_error(self, request, client_address):
            """Whoever hung up is nobody's error."""

    with Server(str(path), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield fake
        finally:
            server.shutdown()
            thread.join()
