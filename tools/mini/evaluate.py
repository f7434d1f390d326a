"""How well sosie-mini knows the French it never saw, and how it answers.

    python -m tools.mini.evaluate --data work/mini --model src/sosie/models/mini
    python -m tools.mini.evaluate --answers          how it samples on prompts.txt, and the answers themselves
    python -m tools.mini.evaluate --sweep            the same and words that do not exist, for many ways

Bits per byte = nats of all tokens after the first / ln 2 / UTF-8 bytes of the text, so that models with other
tokenizers compare. Each held-out record is read in windows of the whole context, without overlap; a dialogue
counts all its turns, control tokens too.
"""

import argparse
import json
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, product
from pathlib import Path
from statistics import fmean

from tools.mini.corpus import SOURCES, Record

PROMPTS = Path(__file__).with_name("prompts.txt")
MINI = Path("src/sosie/models/mini")
MOST_TOKENS = 120
SITTINGS = 5  # of the sweep: with one, two ways differ by chance as much as by themselves


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=Path("work/mini"))
    parser.add_argument("--texts", type=Path, default=Path("../shared/data/fr"), help="real words")
    parser.add_argument("--model", type=Path, default=MINI)
    parser.add_argument("--answers", action="store_true", help="sample on the prompts instead")
    parser.add_argument("--sweep", action="store_true", help="try many ways of sampling on the prompts")
    parser.add_argument("--temperature", type=float)
    parser.add_argument("--top-p", type=float)
    parser.add_argument("--min-p", type=float)
    parser.add_argument("--penalty", type=float)
    options = parser.parse_args()
    if options.sweep:
        sweep(options)
    elif options.answers:
        sample(options)
    else:
        measure(options)


def measure(options) -> None:
    import torch
    from tokenizers import Tokenizer
    from transformers import MistralForCausalLM

    from tools.mini.prepared import read_records

    tokenizer = Tokenizer.from_file(str(options.model / "tokenizer.json"))
    model = MistralForCausalLM.from_pretrained(options.model, dtype=torch.float32, local_files_only=True)
    held = read_records(options.data / "heldout.jsonl")
    found = {}
    for source in (source for source in SOURCES if source in held):
        found[source] = round(bits_per_byte(model.eval(), tokenizer, held[source]), 3)
        print(f"{source:18} {found[source]:.3f}", flush=True)
    mean = round(sum(found.values()) / len(found), 3)
    print(json.dumps({"bits_per_byte": found, "mean": mean}, ensure_ascii=False))


def bits_per_byte(model, tokenizer, records: Sequence[Record]) -> float:
    import torch

    from tools.mini.chat_format import encode

    nats, size, window = 0.0, 0, model.config.max_position_embeddings
    with torch.inference_mode():
        for record in records:
            ids = torch.tensor(encode(tokenizer, record)[0])
            for start in range(0, len(ids) - 1, window):
                part = ids[start : start + window + 1]
                logits = model(part[None, :-1]).logits[0].float()
                nats += torch.nn.functional.cross_entropy(logits, part[1:], reduction="sum").item()
            size += len(record.text.encode()) or sum(len(text.encode()) for _, text in record.turns)
    return nats / math.log(2) / size


def sample(options) -> None:
    """The answers to prompts.txt, and the shares of what should not happen."""
    from sosie.engines.base import open_engine

    engine = open_engine(options.model)
    given = {
        "temperature": options.temperature,
        "top_p": options.top_p,
        "min_p": options.min_p,
        "repetition_penalty": options.penalty,
    }
    chosen = {name: value for name, value in given.items() if value is not None}
    prompts, answers = answer_all(engine, chosen)
    for prompt, answer in zip(prompts, answers, strict=True):
        print(f"{prompt}  ->  {answer!r}")
    print(json.dumps(judge(answers, engine.tokenizer) | chosen, ensure_ascii=False))


def sweep(options) -> None:
    """One line of figures for each way of sampling, the mean of several answers to each prompt."""
    from sosie.engines.base import open_engine
    from tools.mini.real_words import french, share_unknown

    engine, known = open_engine(options.model), french(options.texts)
    cuts = [{"top_p": top_p, "min_p": 0.0} for top_p in (0.9, 0.95, 1.0)]
    cuts += [{"top_p": 1.0, "min_p": min_p} for min_p in (0.02, 0.05, 0.1)]
    for temperature, cut, penalty in product((0.7, 0.8, 0.9, 1.0, 1.2), cuts, (1.0, 1.1)):
        chosen = {"temperature": temperature, **cut, "repetition_penalty": penalty}
        sittings = [answer_all(engine, chosen, sitting)[1] for sitting in range(SITTINGS)]
        figures = [judge(answers, engine.tokenizer) for answers in sittings]
        means = {name: round(fmean(found[name] for found in figures), 4) for name in figures[0]}
        unknown = share_unknown(chain.from_iterable(sittings), known)
        row = chosen | means | {"sittings": SITTINGS, "unknown_words": round(unknown, 4)}
        print(json.dumps(row, ensure_ascii=False), flush=True)


def answer_all(engine, chosen: dict[str, float], sitting: int = 0) -> tuple[list[str], list[str]]:
    """The prompts and the answers. One seed for all would begin all answers alike."""
    from sosie.core.dialogue import Turn

    sampling = replace(engine.sampling, max_tokens=MOST_TOKENS, **chosen)
    prompts = PROMPTS.read_text("utf-8").splitlines()
    asked = [(Turn("user", prompt),) for prompt in prompts]
    return prompts, engine.answers(asked, sampling, [1000 * sitting + place for place in range(len(asked))])


def judge(answers: Sequence[str], tokenizer) -> dict[str, float]:
    """Shares of all answers; `good` ones are French, not empty, ended, without marker or loop."""
    ended = [len(tokenizer(answer).input_ids) < MOST_TOKENS for answer in answers]
    marked = [bool(re.search(r"<\|\w+\|>|\[/?INST]", answer)) for answer in answers]
    looped = [loops(answer) for answer in answers]
    french = [is_french(answer) for answer in answers]
    rows = zip(answers, ended, marked, looped, french, strict=True)
    good = [bool(a.strip()) and e and not m and not lo and f for a, e, m, lo, f in rows]
    count = len(answers)
    return {
        "n": count,
        "good": sum(good) / count,
        "french": sum(french) / count,
        "ended": sum(ended) / count,
        "looped": sum(looped) / count,
        "marked": sum(marked) / count,
        "distinct": len(set(answers)) / count,
        "words": round(sum(len(answer.split()) for answer in answers) / count, 1),
        "self_bleu2": round(self_bleu(answers), 3),
    }


def loops(answer: str) -> bool:
    """Whether four words in a row come back."""
    words = re.findall(r"\w+", answer.lower())
    runs = Counter(tuple(words[start : start + 4]) for start in range(len(words) - 3))
    return max(runs.values(), default=0) > 1


def is_french(answer: str) -> bool:
    """Among French, English, Spanish, Italian, German; a text of one or two words counts as French."""
    import py3langid

    if len(answer.split()) < 3:
        return True
    py3langid.set_languages(["fr", "en", "es", "it", "de"])
    return py3langid.classify(answer)[0] == "fr"


def self_bleu(answers: Sequence[str]) -> float:
    """Mean share of an answer's word pairs that another answer has too (cf. Zhu et al. 2018)."""
    pairs = [set(zip(w, w[1:], strict=False)) for w in (re.findall(r"\w+", a.lower()) for a in answers)]
    counts = Counter(pair for found in pairs for pair in found)
    shares = [sum(counts[pair] > 1 for pair in found) / len(found) for found in pairs if found]
    return sum(shares) / max(len(shares), 1)


if __name__ == "__main__":
    main()
