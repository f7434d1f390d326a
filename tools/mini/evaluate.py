"""How well sosie-mini knows the French it never saw: bits per byte by source, and a few answers to read.

    python -m tools.mini.evaluate --data work/mini --model src/sosie/models/mini

Bits per byte = nats of all tokens / ln 2 / UTF-8 bytes, so that models with other tokenizers compare.
Each record is read in windows of `--window` tokens without overlap; a dialogue counts all its turns, control
tokens included.
"""

import argparse
import json
import math
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import MistralForCausalLM

from tools.mini.chat_format import END, encode, prompt_ids
from tools.mini.corpus import SOURCES, Record
from tools.mini.prepared import read_records

QUESTIONS = (
    "Bonjour !",
    "Ça va ?",
    "Tu fais quoi ce soir ?",
    "Quel est ton plat préféré ?",
    "Je suis triste aujourd'hui.",
    "Raconte-moi une blague.",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=Path("work/mini"))
    parser.add_argument("--model", type=Path, default=Path("src/sosie/models/mini"))
    parser.add_argument("--bytes", type=int, default=60_000, help="of each source at most")
    parser.add_argument("--window", type=int, default=512)
    options = parser.parse_args()
    tokenizer = Tokenizer.from_file(str(options.model / "tokenizer.json"))
    model = MistralForCausalLM.from_pretrained(
        options.model, dtype=torch.float32, local_files_only=True
    ).eval()
    held = read_records(options.data / "heldout.jsonl")
    found = {
        source: round(bits_per_byte(model, tokenizer, held[source], options.bytes, options.window), 3)
        for source in SOURCES
        if source in held
    }
    print(
        json.dumps(
            {"bits_per_byte": found, "mean": round(sum(found.values()) / len(found), 3)}, ensure_ascii=False
        )
    )
    for question in QUESTIONS:
        print(f"{question}  ->  {answer(model, tokenizer, question)}")


@torch.inference_mode()
def bits_per_byte(model, tokenizer, records: list[Record], limit: int, window: int) -> float:
    nats, size = 0.0, 0
    for record in records:
        if size >= limit:
            break
        ids = torch.tensor(encode(tokenizer, record)[0][: 16 * window])
        for start in range(0, len(ids) - 1, window):
            part = ids[start : start + window + 1]
            logits = model(part[None, :-1]).logits[0].float()
            nats += torch.nn.functional.cross_entropy(logits, part[1:], reduction="sum").item()
        size += len(tokenizer.decode(ids.tolist(), skip_special_tokens=True).encode())
    return nats / math.log(2) / max(size, 1)


@torch.inference_mode()
def answer(model, tokenizer, question: str, most: int = 40) -> str:
    ids = prompt_ids(tokenizer, [("user", question)])
    torch.manual_seed(0)
    said = model.generate(
        torch.tensor([ids]),
        max_new_tokens=most,
        do_sample=True,
        temperature=0.7,
        top_p=0.9,
        repetition_penalty=1.1,
        eos_token_id=END,
        pad_token_id=0,
    )[0, len(ids) :]
    return tokenizer.decode(said.tolist(), skip_special_tokens=True)


if __name__ == "__main__":
    main()
