"""Are the person's own words found again, how fast, and does what is forgotten leave a byte?

    python -m benchmarks.recall [--messages 1000000] [--facts 300] [--keep FOLDER] [--embeddings MODEL]

1. 300 facts (30 kinds, told of ten people or places each, so that nine others say nearly the same) among
   20,000 messages of an invented person; each is asked for in other words. hit@5 at least 0.85.
2. A million messages: the index in less than 60 s, a question in less than 50 ms (the slowest of 200), in CPU
   seconds on one core.
3. « Oublie tout »: of 300 planted words in kept chats, none is in any byte of the database files.

4. A million vectors of 384 numbers, of chance: the nearest hundred, in CPU seconds.
5. With an embedding model (a .gguf or an address): those facts again, and 60 others (paraphrases.txt) asked
   for without a stem in common but of small words, by stems alone and by both.

What was measured is kept in benchmarks/results/. Exits with 1 where one is not held. The facts, the questions
and the stemmer have one author: that flatters.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.train import HERE, commit, machine
from sosie.core import jsonl
from sosie.core.dialogue import Dialogue, Origin, Turn
from sosie.core.progress import Event
from sosie.core.workspace import Workspace
from sosie.evaluate.personas import dialogues as persona
from sosie.recall.chats import Chats
from sosie.recall.own_words import find_own_words, index_of, vectors_of

HIT, INDEX_SECONDS, QUERY_SECONDS = 0.85, 60.0, 0.05
SMALL = 20_000
SMALLER = 3_000  # messages, where a model reads them all
WHO = "ma sœur, mon frère, ma tante, mon oncle, ma cousine, mon coach, ma chef, mon coloc, ma nièce, mon pote"
WHERE = "Rennes, Brest, Nantes, Lorient, Vannes, Dinan, Quimper, Redon, Fougères, Morlaix"
# What the person said of each | how it is asked for | who or where. The last six share but who or where.
FACTS = f"""
{{x}} est allergique aux noisettes, fais gaffe | à quoi {{x}} fait une allergie déjà ? | {WHO}
le chat de {{x}} s'appelle Biscotte | c'est quoi le petit nom des chats de {{x}} ? | {WHO}
{{x}} a fêté ses quarante ans en mars | quand est-ce qu'on fêtait l'anniversaire de {{x}} ? | {WHO}
{{x}} joue de la contrebasse dans un groupe de jazz | de quel instrument jouait {{x}} ? | {WHO}
j'ai prêté ma perceuse à {{x}} | est-ce {{x}} qui a gardé la perceuse ? | {WHO}
{{x}} déménage à Toulouse à la rentrée | vers quelle ville {{x}} a déménagé ? | {WHO}
{{x}} déteste la coriandre | quelle herbe {{x}} détestait ? | {WHO}
le train de {{x}} arrive à 18h42 | à quelle heure arrivait {{x}} en train ? | {WHO}
{{x}} fait un régime sans gluten | à propos de régimes, que mange {{x}} ? | {WHO}
on a offert un vélo pliant à {{x}} | quel genre de vélo a reçu {{x}} ? | {WHO}
{{x}} a passé son permis bateau | quel permis {{x}} avait passé ? | {WHO}
{{x}} attend des jumeaux pour octobre | les jumeaux de {{x}} naîtront quel mois ? | {WHO}
la meilleure boulangerie à {{x}}, près du canal | où acheter son pain à {{x}}, quel boulanger ? | {WHERE}
à {{x}} on dormait au camping des Flots Bleus | dans quel camping avons-nous dormi à {{x}} ? | {WHERE}
le garage de {{x}} m'a demandé 340 euros pour l'embrayage | combien coûtait l'embrayage à {{x}} ? | {WHERE}
le wifi du gîte de {{x}} c'est granit35 | quel est le mot de passe du wifi à {{x}} ? | {WHERE}
le marché de {{x}} est le jeudi matin | quel jour vont-ils aux marchés de {{x}} ? | {WHERE}
mon dentiste est à {{x}} rue des Lilas | c'est où les dentistes à {{x}} ? | {WHERE}
j'ai perdu mes lunettes dans le bus à {{x}} | comment j'avais égaré les lunettes à {{x}} ? | {WHERE}
le concert de {{x}} était complet, on a dû rentrer | pourquoi on n'a pas vu le concert de {{x}} ? | {WHERE}
on s'est garés au parking de la gare à {{x}} | où est-ce qu'on se gare à {{x}} ? | {WHERE}
la piscine de {{x}} ferme à 20h le mardi | jusqu'à quand on peut nager à la piscine de {{x}} ? | {WHERE}
l'appart de {{x}} faisait 43 mètres carrés | combien de mètres avait le logement à {{x}} ? | {WHERE}
la librairie de {{x}} vend des BD d'occasion | quel libraire vendait des BD à {{x}} ? | {WHERE}
{{x}} conduit une vieille Twingo verte | c'est quoi comme voiture qu'a {{x}} ? | {WHO}
{{x}} bosse à la médiathèque maintenant | quel est le travail de {{x}} ? | {WHO}
{{x}} m'a conseillé un ostéopathe super | qui {{x}} recommandait pour le dos ? | {WHO}
à {{x}} j'ai pris un coup de chaud monstrueux | comment a fini la canicule de {{x}} ? | {WHERE}
j'ai mangé une raclette en plein août à {{x}} | quel plat bizarre pour l'été à {{x}} ? | {WHERE}
le docteur de {{x}} est en vacances jusqu'au 12 | quand rentre le médecin de {{x}} ? | {WHERE}
""".strip()
ASKED = ("au fait", "et sinon ?", "tu disais ?", "raconte", "ah bon ?")


def facts() -> Iterator[tuple[str, str]]:
    """(what was said, how it is asked for)"""
    for line in FACTS.splitlines():
        said, asked, subjects = line.split(" | ")
        yield from ((said.format(x=x), asked.format(x=x)) for x in subjects.split(", "))


def talk(messages: int, planted: list[str], seed: int = 7) -> Iterator[Dialogue]:
    """An invented person's dialogues of six messages; what is planted is said here and there."""
    chance = Random(seed)
    number, made = 0, iter(())
    exchanges = messages // 2
    places = dict(zip(chance.sample(range(exchanges), len(planted)), planted, strict=True))
    turns: list[Turn] = []
    at = datetime(2018, 1, 1, tzinfo=UTC)
    for place in range(exchanges):
        if place in places:
            pair = (Turn("user", chance.choice(ASKED)), Turn("assistant", places[place]))
        else:
            while (dialogue := next(made, None)) is None:
                made, number = iter(persona(3 + number % 40, 2000, seed=number)), number + 1
            pair = dialogue.turns[-2:]
        turns += pair
        if len(turns) == 6 or place == exchanges - 1:
            at += timedelta(hours=3)
            yield Dialogue(tuple(turns), Origin(id=str(place), source="whatsapp", last=at))
            turns = []


def write(folder: Path, messages: int, planted: list[str]) -> Workspace:
    workspace = Workspace(folder)
    jsonl.write(workspace.data / "train.jsonl", talk(messages, planted))
    return workspace


def measure_hits(folder: Path, count: int) -> dict[str, Any]:
    chosen = list(islice(facts(), count))
    workspace = write(folder, SMALL, [said for said, _ in chosen])
    missed, first = [], 0
    for said, asked in chosen:
        found = [passage.said for passage in find_own_words(workspace, asked, 5)]
        first += found[:1] == [said]
        if said not in found:
            missed.append(asked)
    return {
        "facts": count,
        "hit@5": round(1 - len(missed) / count, 3),
        "hit@1": round(first / count, 3),
        "missed": missed[:20],
    }


def measure_speed(folder: Path, messages: int) -> dict[str, Any]:
    planted = [said for said, _ in facts()]
    workspace = write(folder, messages, planted)
    before = time.process_time()
    find_own_words(workspace, "noisettes")
    made = time.process_time() - before
    questions = [asked for _, asked in islice(facts(), 0, 300, 2)]
    questions += ["tu viens ?", "ça va", "je suis là", "oui", "on mange quoi ce soir ?"] * 10
    seconds = []
    for asked in questions:
        before = time.process_time()
        find_own_words(workspace, asked)
        seconds.append(time.process_time() - before)
    return {
        "messages": messages,
        "index_cpu_seconds": round(made, 1),
        "index_megabytes": round(index_of(workspace).stat().st_size / 1e6),
        "query_ms_median": round(1000 * sorted(seconds)[len(seconds) // 2], 1),
        "query_ms_slowest": round(1000 * max(seconds), 1),
    }


def measure_vectors(folder: Path, count: int, length: int = 384) -> dict[str, Any]:
    """A search through vectors as they lie on the disk, once they have been read."""
    import numpy as np

    from sosie.recall.dense import NEAREST, closest

    folder.mkdir(parents=True, exist_ok=True)
    numbers = np.random.default_rng(7)
    path = folder / "vectors.bin"
    with path.open("wb") as file:
        for _ in range(0, count, 10_000):
            file.write(numbers.integers(-127, 128, (10_000, length), dtype=np.int8).tobytes())
    vectors = np.memmap(path, np.int8, "r", shape=(count, length))
    seconds = []
    for asked in numbers.standard_normal((21, length), dtype=np.float32):
        before = time.process_time()
        closest(vectors, asked, NEAREST)
        seconds.append(time.process_time() - before)
    median, slowest = sorted(seconds)[len(seconds) // 2], max(seconds[1:])
    return {"vectors": count, "ms_median": round(1000 * median, 1), "ms_slowest": round(1000 * slowest, 1)}


def complain(event: Event) -> None:
    """A model that does not work would measure stems twice."""
    if event.kind == "warning":
        sys.exit(event.text)


def measure_meaning(folder: Path, model: str, count: int) -> dict[str, Any]:
    """hit@5 and hit@1 by stems alone and with the model, of the facts and of the paraphrases."""
    from sosie.engines.embedder import open_embedder
    from sosie.recall.dense import Dense

    lines = (HERE / "paraphrases.txt").read_text(encoding="utf-8").splitlines()
    asked = {
        "facts": list(islice(facts(), count)),
        "paraphrases": [tuple(line.split(" | ")) for line in lines],
    }
    workspace = write(folder, SMALLER, [said for pairs in asked.values() for said, _ in pairs])
    dense = Dense(vectors_of(workspace), lambda report: open_embedder(model), str)
    before = time.perf_counter()
    find_own_words(workspace, "tout", report=complain, dense=dense)
    told: dict[str, Any] = {
        "model": Path(model).name,
        "messages": SMALLER,
        "index_seconds": round(time.perf_counter() - before),
    }
    for name, pairs in asked.items():
        for way, by in (("stems", None), ("both", dense)):
            found = [[one.said for one in find_own_words(workspace, q, 5, dense=by)] for _, q in pairs]
            for most in (5, 1):
                hits = sum(said in some[:most] for (said, _), some in zip(pairs, found, strict=True))
                told[f"{name} {way} hit@{most}"] = round(hits / len(pairs), 3)
    return told


def measure_forgetting(folder: Path) -> dict[str, Any]:
    """Planted words in 60 threads, half of them changed, some deleted; then all forgotten."""
    chats, words = Chats(Workspace(folder)), [f"plante{n:03}mot" for n in range(300)]
    for start in range(0, 300, 5):
        thread = chats.start("lea", name=words[start])
        turns = tuple(
            Turn(("user", "assistant")[n % 2], word * 30) for n, word in enumerate(words[start : start + 5])
        )
        for end in range(1, 6):
            chats.save(thread.id, turns[:end])
        chats.save(thread.id, (*turns[:3], Turn("assistant", "autre chose")))
    for thread in chats.threads()[::7]:
        chats.delete(thread.id)
    before = traces(folder, words)
    chats.forget_all()
    return {"planted": len(words), "before": before, "after": traces(folder, words)}


def traces(folder: Path, words: list[str]) -> int:
    """How many of the words are in a byte of any database file, or of those beside it."""
    found = b"".join(path.read_bytes() for path in folder.rglob("*.db*"))
    return sum(word.encode() in found or word.encode("utf-16-le") in found for word in words)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--facts", type=int, default=300)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--embeddings")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = given.keep or Path(made)
        told = {
            "hits": measure_hits(folder / "facts", given.facts),
            "forgetting": measure_forgetting(folder / "chats"),
            "speed": measure_speed(folder / "many", given.messages) if given.messages else {},
            "vectors": measure_vectors(folder / "vectors", given.messages) if given.messages else {},
            "meaning": measure_meaning(folder / "meaning", given.embeddings, given.facts)
            if given.embeddings
            else {},
        }
    print(json.dumps(told, ensure_ascii=False, indent=1))
    if told["speed"]:
        at = datetime.now(UTC)
        told = {"date": at.isoformat(timespec="seconds"), "machine": machine(), "commit": commit(), **told}
        (HERE / "results" / f"recall-{at:%Y%m%d-%H%M%S}.json").write_text(
            json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
    fast = not told["speed"] or (
        told["speed"]["index_cpu_seconds"] < INDEX_SECONDS
        and told["speed"]["query_ms_slowest"] < 1000 * QUERY_SECONDS
    )
    held = told["hits"]["hit@5"] >= HIT and told["forgetting"]["after"] == 0 and fast
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
