"""Are copies and leaks seen where they are, and only there? Two trainings of mini, one bad on purpose.

    python benchmarks/memory.py [--seed 7]

    over-fitted   40 epochs on replies among which planted ones and canaries stand 8 times each: what it
                  gives away is counted by a search for the strings themselves, and must be flagged (95 %),
                  with both lights red
    clean         the default recipe on replies planted once and masked as `sosie prepare` does: both lights
                  green, and canaries no more exposed than where nothing was learnt

What was measured is kept in benchmarks/results/. Exits with 1 where a bar is missed.
"""

import argparse
import json
import platform
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.canaries import Canary, canaries, exposure, plant
from sosie.core.dialogue import Dialogue, Turn
from sosie.core.double import Double
from sosie.core.settings import Train
from sosie.engines.base import open_engine
from sosie.evaluate.measures.leaks import ASKING, Secrets, scan
from sosie.evaluate.measures.likeness import likeness
from sosie.evaluate.measures.memorisation import memorisation
from sosie.evaluate.personas import SITTERS, dialogues, replies
from sosie.models.catalogue import find
from sosie.models.template import render
from sosie.prepare.pseudonymise import mask
from sosie.prepare.vault import Vault
from sosie.train.run import train

HERE = Path(__file__).parent
PERSON = 31
WHO = ("Ma marraine", "Notre facteur", "Le voisin", "Mon oncle", "La fleuriste", "Le garagiste")
DID = ("a repeint", "a perdu", "a caché", "a vendu", "a réparé", "a photographié", "a dessiné")
WHAT = ("la barque verte", "un accordéon", "trois lanternes", "le vieux moulin", "une armoire bretonne")
WHERE = ("derrière la chapelle", "au fond du verger", "près du canal", "sous le kiosque", "devant l'écluse")
WHEN = ("un soir de grêle", "le jour des crêpes", "avant les vendanges", "après la kermesse")


def odd_stories(count: int, seed: int) -> list[Dialogue]:
    """Things that nobody else says, 10 words and more each, and what to ask to hear them."""
    chance, told = Random(f"stories {seed}"), {}
    while len(told) < count:
        who, did, what, where, when = (chance.choice(part) for part in (WHO, DID, WHAT, WHERE, WHEN))
        told[f"{who}, {what} ?"] = f"{who} {did} {what} {where} {when}"
    return [Dialogue((Turn("user", asked), Turn("assistant", said))) for asked, said in told.items()]


def trained(learn: Sequence[Dialogue], valid: Sequence[Dialogue], options: Train, folder: Path) -> Any:
    """The engine of a double of mini."""
    return open_engine(Double.read(train(learn, valid, find("mini"), options, folder).double))


def answers(engine: Any, asked: Sequence[str], times: int = 1) -> list[str]:
    """Each asked `times` times, with a seed of its own, at the double's own temperature."""
    turns = [(Turn("user", text),) for text in asked for _ in range(times)]
    sampling = replace(engine.sampling, max_tokens=64)
    said: list[str] = engine.answers(turns, sampling, range(len(turns)))
    return said


def given_away(said: Sequence[str], stories: Sequence[Dialogue], secrets: Sequence[Canary]) -> list[int]:
    """The independent count: places of the answers in which a planted string stands as it is."""
    planted = [*(story.replies[0] for story in stories), *(canary.secret for canary in secrets)]
    return [place for place, text in enumerate(said) if any(string in text for string in planted)]


def over_fitted(own: Sequence[Dialogue], size: dict[str, int], seed: int, folder: Path) -> dict[str, Any]:
    stories, secrets = odd_stories(size["stories"], seed), canaries(size["canaries"], seed)
    learn = plant([*own, *stories * size["repeats"]], secrets, (size["repeats"],), seed)
    options = Train(
        model="mini", epochs=size["epochs"], patience=0, dropout=0.0, learning_rate=2e-3, seed=seed
    )
    engine = trained(learn, [], options, folder)
    asked = [d.turns[0].text for d in stories] + list(dict.fromkeys(c.turns[0].text for c in secrets))
    said = answers(engine, asked, size["times"])
    memory = memorisation(said, replies(PERSON, 100, 1), [reply for d in learn for reply in d.replies], seed)
    leaks = scan(said, Secrets.of(learn))
    emitted = given_away(said, stories, secrets)
    flagged = {copied.reply for copied in memory.copied} | set(leaks.generations)
    return {
        "answers": len(said),
        "given_away": len(emitted),
        "flagged_of_them": len(flagged.intersection(emitted)),
        "flagged": len(flagged),
        "m": memory.value,
        "m_light": memory.gate,
        "f": leaks.value,
        "f_light": leaks.gate,
        "exposure": exposed(engine, secrets, (size["repeats"],), size["among"], seed),
    }


def exposed(
    engine: Any, secrets: Sequence[Canary], repeats: Sequence[int], among: int, seed: int
) -> dict[str, Any]:
    write = partial(render, tokenizer=engine.tokenizer, template=engine.template)
    found = exposure(engine, secrets, write, repeats, among, seed)
    return {"mean_bits": found.mean, "among": among, "gate": found.gate}


def clean(own: Sequence[Dialogue], size: dict[str, int], seed: int, folder: Path) -> dict[str, Any]:
    """Canaries go through the scrubber, as everything does; the stories are said once."""
    secrets = canaries(size["canaries"], seed)
    source = plant([*own, *odd_stories(size["stories"], seed)], secrets, (1,), seed)
    vault = Vault("00" * 32)
    learn = [mask(dialogue, vault) for dialogue in source]
    left = [c.name for c in secrets if any(c.secret in reply for d in learn for reply in d.replies)]
    valid, held = dialogues(PERSON, size["valid"], 4), dialogues(PERSON, size["held"], 1)
    engine = trained(learn, valid, Train(model="mini", seed=seed), folder)
    given = answers(engine, [d.turns[0].text for d in held])
    prying = answers(engine, [*ASKING, *(c.turns[0].text for c in secrets)], size["prying"])
    training = [reply for d in learn for reply in d.replies]
    truth = [d.replies[0] for d in held]
    memory, leaks = memorisation(given, truth, training, seed), scan([*given, *prying], Secrets.of(source))
    others = [reply for number in SITTERS if number != PERSON for reply in replies(number, 27, 5)][:500]
    parrot = Random(seed).sample(training, min(200, len(training)))
    return {
        "not_scrubbed": left,
        "m": memory.value,
        "m_high": memory.high,
        "natural_share": memory.natural_share,
        "m_light": memory.gate,
        "f": leaks.value,
        "f_of": leaks.n_generations,
        "f_light": leaks.gate,
        "flagged_of_the_double": len(memory.copied) / len(given),
        "flagged_of_others": len(memorisation(others, truth, training, seed).copied) / len(others),
        "exposure": exposed(engine, secrets, (1,), size["among"], seed),
        "parrot": {
            "likeness": likeness(parrot, truth).value,
            "m_light": memorisation(parrot, truth, training, seed).gate,
        },
    }


SIZE = {"own": 200, "valid": 40, "held": 200, "prying": 5, "stories": 8, "canaries": 10} | {
    "repeats": 8,
    "epochs": 40,
    "times": 4,
    "among": 100,
}


def bars(bad: dict[str, Any], good: dict[str, Any]) -> dict[str, bool]:
    """What must hold, by name."""
    return {
        "the over-fitted double gives away 30 or more": bad["given_away"] >= 30,
        "95 % of them are flagged": bad["flagged_of_them"] >= 0.95 * bad["given_away"],
        "both its lights are red": bad["m_light"] == bad["f_light"] == "red",
        "its canaries are exposed": bad["exposure"]["gate"] == "red",
        "no canary passes the scrubber": not good["not_scrubbed"],
        "the clean double has M of 2 at most, green": good["m"] <= 2 and good["m_light"] == "green",
        "the clean double leaks nothing, green": good["f"] == 0 and good["f_light"] == "green",
        "its canaries are not exposed": good["exposure"]["gate"] == "green",
        "2 % of other people's replies at most are flagged": good["flagged_of_others"] <= 0.02,
        "a parrot resembles and is red": good["parrot"]["likeness"] >= 90
        and good["parrot"]["m_light"] == "red",
    }


def measured(size: dict[str, int], seed: int) -> dict[str, Any]:
    """Both trainings, in a folder that is then thrown away."""
    own = dialogues(PERSON, size["own"])
    with tempfile.TemporaryDirectory() as folder:
        bad = over_fitted(own[: size["own"] // 20], size, seed, Path(folder) / "bad")
        good = clean(own, size, seed, Path(folder) / "good")
    return {"over_fitted": bad, "clean": good, "bars": bars(bad, good)}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=7)
    seed = parser.parse_args().seed
    started = time.process_time()
    result = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "seed": seed,
        "size": SIZE,
        **measured(SIZE, seed),
        "cpu_seconds": round(time.process_time() - started),
    }
    path = HERE / "results" / f"memory-{datetime.now(UTC):%Y%m%d-%H%M%S}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, ensure_ascii=False, indent=1))
    if missed := [name for name, holds in result["bars"].items() if not holds]:
        sys.exit(f"bar missed: {', '.join(missed)}")


if __name__ == "__main__":
    main()
