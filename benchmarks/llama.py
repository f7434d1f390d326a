"""Does a double say through llama.cpp what it says through transformers, and what do fewer bits cost?

    .venv/bin/python -m benchmarks.llama [--double FOLDER] [--only greedy ids bits]

    greedy   20 prompts in float32, to the answer's end, ids compared: the base, the double merged, and its
             adapter at 0, 0.5, 1 and 1.5; then 20 turns of the slider drawn at random
    ids      500 dialogues, a special token's text in some: the ids by the tokenizer of the GGUF file
    bits     1,000 positions of replies that the double never saw, each after the true ones before: how often
             llama.cpp's likeliest token is that of float32, and the divergence between both

On a double of mini trained here unless one is given; `greedy` and `ids` also on a small Mistral with the
32,000 pieces of Mistral 7B's vocabulary. Where ids differ, the two likeliest of transformers are compared:
closer than 1e-3 they are a near tie, counted. Divergences are over the 64 likeliest and all others together.
"""

import argparse
import http.client
import json
import math
import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.train import write_result
from sosie.core.dialogue import Turn
from sosie.core.digests import sha256_of
from sosie.core.double import ADAPTER, Double
from sosie.core.sampling import Sampling
from sosie.core.settings import Train
from sosie.engines.base import open_engine
from sosie.engines.gguf import Gguf, open_gguf
from sosie.engines.local import Local
from sosie.evaluate.personas import dialogues
from sosie.models import sentencepiece_tokenizer, tiny
from sosie.models.catalogue import find
from sosie.models.gguf.files import Kind, MergedDouble, write_model
from sosie.models.gguf.lora import Lora
from sosie.models.gguf.reading import GgufFile
from sosie.models.load import model_folder
from sosie.models.template import TEMPLATES, prompt, render
from sosie.train.run import keep_some_for_validation, train

PERSONA = 31
STRENGTHS = (0.0, 0.5, 1.0, 1.5)
PROMPTS, TURNS, DIALOGUES, POSITIONS = 20, 20, 500, 1000
LIKELIEST, NEAR = 64, 1e-3
TEMPLATE, STEPS = "vigostral", 120  # of the small Mistral
LONGEST = 60  # tokens of an answer
GREEDY = Sampling(temperature=0.0, top_p=1.0, repetition_penalty=1.0, max_tokens=LONGEST)
BITS: tuple[Kind, ...] = ("q8_0", "q4_k_m")
BARS = {"q8_0": 0.96}  # of the likeliest tokens
MARKERS = (
    "<|end|>",
    "<|user|>",
    "</s>",
    "[INST]",
    "[/INST] oui",
    "<s>",
    "<0x0A>",
    "<unk>",
    "\n\n ",
    "👩‍🚀 é",
)


def trained(folder: Path) -> Path:
    """A double of mini, by the default recipe, on 300 replies of an invented person."""
    learn, valid = keep_some_for_validation(dialogues(PERSONA, 300, seed=1))
    return Path(train(learn, valid, find("mini"), Train(model="mini"), folder / "runs" / "lea").double)


def small_mistral(folder: Path) -> Path:
    """A double of a small Mistral whose tokenizer is Mistral 7B's: learnt by heart here, its adapter random.

    Random weights alone would make 32,000 tokens about as likely, and each answer a chain of near ties.
    """
    import peft
    import torch

    from sosie.models.load import load

    tokenizer = sentencepiece_tokenizer.convert(sentencepiece_tokenizer.mistral_v1())
    base = tiny.make(folder / "mistral", vocabulary=len(tokenizer))
    for file in base.glob("token*"):
        file.unlink()
    tokenizer.save_pretrained(base)
    config = json.loads((base / "config.json").read_text())
    config |= {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 2}
    (base / "config.json").write_text(json.dumps(config))
    model = load(find(str(base))).model
    learn(model, tokenizer)
    model.save_pretrained(base)
    torch.manual_seed(0)
    adapted = peft.get_peft_model(model, peft.LoraConfig(r=4, target_modules="all-linear", lora_alpha=8))
    for name, numbers in adapted.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(numbers, std=0.05)
    double = folder / "runs" / "petit" / "double"
    adapted.save_pretrained(double)
    tokenizer.save_pretrained(double)
    Double(str(base), TEMPLATE, adapter_sha256=sha256_of(double / ADAPTER)).write(double)
    return double


def learn(model: Any, tokenizer: Any) -> None:
    """Until its answers are somebody's sentences."""
    import torch

    texts = [render(one.turns, tokenizer, TEMPLATES[TEMPLATE]).ids for one in dialogues(PERSONA, 64, seed=5)]
    model.train().requires_grad_(True)
    optimiser = torch.optim.AdamW(model.parameters(), lr=5e-3)
    for step in range(STEPS):
        for ids in texts[step % 8 :: 8]:
            row = torch.tensor([ids])
            model(row, labels=row).loss.backward()
        optimiser.step()
        optimiser.zero_grad()
    model.eval().requires_grad_(False)


@dataclass(frozen=True)
class Pair:
    """One double through both, and where its base's weights are."""

    double: Double
    llama: Gguf
    local: Local

    @classmethod
    def of(cls, folder: Path) -> "Pair":
        double = Double.read(folder)
        local = open_engine(double)
        assert isinstance(local, Local)
        return cls(double, open_gguf(double, "f32"), local)

    def merged(self, path: Path, kind: Kind) -> Gguf:
        assert self.double.folder
        lora = MergedDouble(Lora.of(self.double.folder))
        weights = model_folder(find(self.double.base), self.double.revision)
        write_model(weights, self.local.tokenizer, TEMPLATES[self.double.template], path, kind, lora)
        return open_gguf(path)


def questions() -> list[tuple[Turn, ...]]:
    asked = [dialogue.turns[:1] for dialogue in dialogues(PERSONA, PROMPTS - len(MARKERS), seed=5)]
    return [*asked, *((Turn("user", f"tu viens {marker} ce soir ?"),) for marker in MARKERS)]


def answered(engine: Gguf, asked: dict[str, Any]) -> dict[str, Any]:
    """A whole answer of /completion: a stream names no token of half a character."""
    body = json.dumps({**asked, "return_tokens": True, "cache_prompt": True})
    headers = {"Authorization": f"Bearer {engine._server._key}", "Content-Type": "application/json"}
    line = http.client.HTTPConnection(engine._server._address)
    line.request("POST", "/completion", body, headers)
    told: dict[str, Any] = json.loads(line.getresponse().read())
    line.close()
    return told


def by_llama(engine: Gguf, turns: Sequence[Turn]) -> list[int]:
    """The ids of a greedy answer, without that of its end."""
    ids: list[int] = answered(engine, engine._asked(engine._prompt(turns, GREEDY), LONGEST, GREEDY))["tokens"]
    ends = [place for place, id_ in enumerate(ids) if id_ in engine._stops.ids]
    return ids[: ends[0]] if ends else ids


def by_transformers(engine: Local, turns: Sequence[Turn]) -> Iterator[tuple[int, float]]:
    """(each id of a greedy answer and of its end, how far the second likeliest is)"""
    cache = engine._runner.new_cache()
    new = list(prompt(turns, engine.tokenizer, engine.template))
    for _ in range(LONGEST + 1):
        (first, id_), second = best(engine._runner.next_logits([new], cache, engine.strength or 0.0)[0])
        yield id_, first - second
        if id_ in engine._stops.ids:
            return
        new = [id_]


def best(logits: Any) -> tuple[tuple[float, int], float]:
    values, ids = logits.topk(2)
    return (float(values[0]), int(ids[0])), float(values[1])


def differs(llama: Gguf, local: Local, turns: Sequence[Turn]) -> str:
    """Empty, « near » or « other »."""
    ours, theirs = by_llama(llama, turns), list(by_transformers(local, turns))
    ended = len(theirs) <= LONGEST
    if ours == [id_ for id_, _ in theirs[: -1 if ended else LONGEST]]:
        return ""
    same = zip([*ours, *([None] * len(theirs))], theirs, strict=False)
    gap = next(gap for one, (other, gap) in same if one != other)
    return "near" if gap < NEAR else "other"


def greedy(pair: Pair, folder: Path) -> dict[str, Any]:
    asked, chance = questions(), random.Random(3)
    merged = pair.merged(folder / "merged.gguf", "f32")
    told = {"merged": [differs(merged, pair.local.at(1.0), turns) for turns in asked]}
    merged.close()
    for strength in STRENGTHS:
        engines = pair.llama.at(strength), pair.local.at(strength)
        told[str(strength)] = [differs(*engines, turns) for turns in asked]
    turned = []
    for _ in range(TURNS):
        strength = chance.choice(STRENGTHS)
        turned.append(differs(pair.llama.at(strength), pair.local.at(strength), chance.choice(asked)))
    told["turned"] = turned
    row = {name: {kind: found.count(kind) for kind in ("near", "other")} for name, found in told.items()}
    every = [one for found in told.values() for one in found]
    row["answers"] = len(every)
    return {**row, "held": "other" not in every and every.count("near") <= 0.02 * len(every)}


def ids(pair: Pair, folder: Path) -> dict[str, Any]:
    path = folder / "ids.gguf"
    pair.merged(path, "q8_0").close()
    found, chance = GgufFile.read(path).tokenizer(), random.Random(4)
    same = 0
    for dialogue in dialogues(PERSONA, DIALOGUES, seed=6):
        text = dialogue.turns[0].text
        at = chance.randrange(len(text) + 1)
        text = text[:at] + chance.choice(("", *MARKERS)) + text[at:]
        turns = (Turn("system", "Tu es Léa."), Turn("user", text))
        same += prompt(turns, found, pair.local.template) == prompt(
            turns, pair.local.tokenizer, pair.local.template
        )
    return {"dialogues": DIALOGUES, "same": same, "held": same == DIALOGUES}


def bits(pair: Pair, folder: Path) -> dict[str, Any]:
    import torch

    examples = [
        render(one.turns, pair.local.tokenizer, pair.local.template)
        for one in dialogues(PERSONA, POSITIONS, seed=9)
    ]
    places = [(example.ids, at) for example in examples for at, learnt in enumerate(example.learn) if learnt]
    places = places[:POSITIONS]
    with torch.no_grad():
        rows = {ids: pair.local._runner.model(torch.tensor([ids])).logits[0] for ids, _ in places}
    exact = {ids: logits.log_softmax(-1) for ids, logits in rows.items()}
    row: dict[str, Any] = {"positions": len(places)}
    for kind in BITS:
        path = folder / f"{kind}.gguf"
        engine = pair.merged(path, kind)
        told = [compared(likeliest(engine, ids[:at]), exact[ids][at - 1]) for ids, at in places]
        engine.close()
        same, divergence = (sum(part) / len(told) for part in zip(*told, strict=True))
        row[kind] = {"same": same, "kl": divergence, "bytes": path.stat().st_size}
    return {**row, "held": all(row[kind]["same"] >= bar for kind, bar in BARS.items())}


def likeliest(engine: Gguf, ids: Sequence[int]) -> dict[int, float]:
    """{id: the logarithm of its probability} of the next token, the likeliest first."""
    # An end or half a character that is drawn comes without its odds: a full stop is drawn instead. The odds
    # are the model's own, before that.
    (stop,) = engine._tokenizer(".", add_special_tokens=False)["input_ids"]
    more = {"n_probs": LIKELIEST, "logit_bias": [[stop, 1000.0]]}
    told = answered(engine, {**engine._asked([*ids], 1, GREEDY), **more})
    return {one["id"]: one["logprob"] for one in told["completion_probabilities"][0]["top_logprobs"]}


def compared(found: dict[int, float], exact: Any) -> tuple[bool, float]:
    """Whether the likeliest is the same; the divergence of `found` from `exact`, in nats."""
    true = {id_: float(exact[id_]) for id_ in found}
    divergence = sum(math.exp(p) * (p - found[id_]) for id_, p in true.items())
    rest, other = (max(1e-12, 1 - sum(map(math.exp, part.values()))) for part in (true, found))
    return next(iter(found)) == int(exact.argmax()), divergence + rest * math.log(rest / other)


MEASURES: dict[
    str, tuple[Callable[[Pair, Path], dict[str, Any]], bool]
] = {  # and whether on the small Mistral too
    "greedy": (greedy, True),
    "ids": (ids, True),
    "bits": (bits, False),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--double", type=Path, help="of mini, trained")
    parser.add_argument("--only", nargs="+", choices=MEASURES, default=list(MEASURES))
    given = parser.parse_args()
    rows: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        makers = {"mini": lambda: given.double or trained(folder), "mistral": lambda: small_mistral(folder)}
        for name, make in makers.items():
            wanted = [measure for measure in given.only if name == "mini" or MEASURES[measure][1]]
            if not wanted:
                continue
            pair = Pair.of(make())
            for measure in wanted:
                rows[f"{measure} {name}"] = row = MEASURES[measure][0](pair, folder)
                print(f"{measure} {name}", json.dumps(row), flush=True)
            pair.llama.close()
    write_result("llama", rows)
    sys.exit(not all(row["held"] for row in rows.values()))


if __name__ == "__main__":
    main()
