"""llama.cpp's HTTP server as a process of its own: `python -m sosie.engines.llama_process`, asked on stdin.

One line of JSON in (model, adapters, context, slots, threads, key, embedding), one line out (its address);
then it serves until its stdin is closed, by whoever started it or by their end. A file that makes llama.cpp
abort ends this process and no other, and nothing waits for it to put its threads to rest.
"""

import json
import os
import signal
import sys
from typing import Any

REFUSED = 3  # exit status: llama.cpp cannot read the model or the adapter


def main() -> None:
    import xllamacpp

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C stops an answer, not the model
    asked = json.loads(sys.stdin.readline())
    try:
        server = xllamacpp.Server(settings(xllamacpp, asked))
    except RuntimeError:
        os._exit(REFUSED)
    print(server.listening_address, flush=True)
    sys.stdin.read()
    os._exit(0)


def settings(cpp: Any, asked: dict[str, Any]) -> Any:
    """What llama.cpp is started with."""
    made = cpp.CommonParams()
    made.model.path = asked["model"]
    made.port = 0
    made.api_keys = [asked["key"]]
    made.n_ctx, made.n_parallel = asked["context"] * asked["slots"], asked["slots"]
    # Its store of old prompts in memory forgets with which strength of the adapter they were read; each slot
    # still reuses its own last prompt.
    made.cache_ram_mib = 0
    made.cpuparams.n_threads = made.cpuparams_batch.n_threads = asked["threads"]
    made.lora_adapters = [cpp.CommonAdapterLoraInfo(path, 1.0) for path in asked["adapters"]]
    if asked["embedding"]:
        made.embedding = True
        made.n_batch = made.n_ubatch = asked["context"]  # a text is read whole, both ways
        if asked["embedding"] == "mean":
            made.pooling_type = cpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
    made.verbosity, made.warmup, made.ui = -1, False, False
    return made


if __name__ == "__main__":
    main()
