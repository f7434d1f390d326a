"""Are voice messages heard as they should be, how dearly, and is the owner's voice told from others?

    SOSIE_WHISPER=FOLDER SOSIE_SPEAKER=pretrained.pt python -m benchmarks.transcribe [--only errors,quiet]

1. errors  Eight sentences by three voices, as eight notes: word error at most 0.40, the median of the voices;
           at most 0.5 CPU-seconds a second of sound.
2. quiet   Eight seconds of silence, of faint noise, and a melody: not one word.
3. packed  60 notes of 3 to 8 s: packed at least three times cheaper than one by one; each text nearest to
           what its own note said.
4. voices  Six voices, learnt from three notes each, four threes in turn; windows of 1.6 s: of each pair at
           least 95 % right; of a third voice at least 80 % are neither of the two. Told as well: whole notes,
           by pair, and who speaks when two take turns in one recording of which one voice is known.

The voices are espeak-ng's, a robot's: harder for Whisper than people, and easier to tell apart. Nobody's real
voice was measured. CPU seconds of this process, one thread. Kept in benchmarks/results/; exits with 1 if
one is not held.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import combinations, permutations
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.train import HERE, commit, machine
from sosie.enrich.transcribe import windows
from sosie.enrich.transcribe.faster_whisper import FasterWhisper
from sosie.enrich.transcribe.recognise import RATE, Recogniser
from sosie.enrich.transcribe.sound import pieces
from sosie.enrich.transcribe.speakers import MINE, UNKNOWN, Voice, VoicePrints, label, learn
from sosie.enrich.transcribe.voices import voiced
from sosie.enrich.transcribe.windows import joined

MOST_ERRORS, MOST_CPU, LEAST_GAIN, LEAST_RIGHT, LEAST_UNKNOWN = 0.40, 0.5, 3.0, 0.95, 0.80
EARS = ("fr", "fr+f3", "fr+m3")
SPEAKERS = {
    "apart": ("fr", "fr+klatt", "fr+m7", "fr+f3", "fr+Annie", "fr+whisperf"),
    "alike": ("fr", "fr+m3", "fr+m7", "fr+f2", "fr+f3", "fr+f5"),  # nearly the same sounds
}
LEARNT = ((0, 1, 2), (3, 4, 5), (6, 7, 8), (9, 10, 11))  # sentences
SENTENCES = """
Salut, tu viens ce soir au cinéma avec nous ?
Je suis en retard, le train est arrêté à la gare depuis vingt minutes.
N'oublie pas d'acheter du pain et du fromage en rentrant.
On se retrouve demain matin devant la boulangerie, vers neuf heures.
Franchement, ce film était beaucoup trop long pour moi.
Maman demande si tu peux l'appeler avant le dîner.
J'ai fini le livre que tu m'avais prêté, je te le rends samedi.
Il pleut encore, alors je reste à la maison avec le chat.
Alors voilà, j'ai pensé à ce que tu m'as dit hier soir.
Les enfants jouent dans le jardin depuis ce matin.
Mon frère a trouvé un appartement près du port.
Tu me diras combien je te dois pour les billets.
""".strip().split("\n")


def say(text: str, voice: str, speed: int = 165) -> Any:
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        subprocess.run(["espeak-ng", "-v", voice, "-s", str(speed), "-w", file.name, text], check=True)
        return np.concatenate(list(pieces(file)))


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def error(truth: Sequence[str], given: Sequence[str]) -> float:
    """Word error rate: the fewest words to change, add or remove, over the words there were."""
    row = list(range(len(given) + 1))
    for number, word in enumerate(truth, 1):
        before, row[0] = row[0], number
        for place, other in enumerate(given, 1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (word != other))
    return row[-1] / len(truth)


def heard(notes: Sequence[Any], ear: Recogniser, packs: bool = True) -> tuple[list[str], float, int]:
    """(the text of each note, CPU seconds, windows)"""
    start, texts, count = time.process_time(), [""] * len(notes), 0
    spoken = (
        windows.Utterance(number, samples[int(begin * RATE) : int(end * RATE)], begin)
        for number, samples in enumerate(notes)
        for begin, end in joined(ear.speech(samples))
    )
    for window in windows.pack(spoken, packs):
        count += 1
        for piece, found in zip(window, windows.hear(window, ear, "fr"), strict=True):
            texts[piece.key] += " ".join(word.text for word in found) + " "
    return texts, time.process_time() - start, count


def errors(ear: Recogniser) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for voice in EARS:
        notes = [say(text, voice) for text in SENTENCES[:8]]
        texts, cpu, _ = heard(notes, ear)
        seconds = sum(map(len, notes)) / RATE
        rate = error(words(" ".join(SENTENCES[:8])), words(" ".join(texts)))
        told[voice] = {
            "word_error": round(rate, 3),
            "seconds": round(seconds, 1),
            "cpu": round(cpu / seconds, 3),
        }
    told["median"] = statistics.median(told[voice]["word_error"] for voice in EARS)
    told["held"] = told["median"] <= MOST_ERRORS and all(told[v]["cpu"] <= MOST_CPU for v in EARS)
    return told


def quiet(ear: Recogniser) -> dict[str, Any]:
    at = np.arange(8 * RATE) / RATE
    tune = sum(
        np.sin(2 * np.pi * 261.6 * 2 ** (step / 12) * harmonic * at)
        / harmonic
        * (np.floor(at * 2) % 8 == place)
        for place, step in enumerate((0, 4, 7, 12, 7, 4, 5, 2))
        for harmonic in (1, 2, 3)
    )
    noise = np.random.default_rng(7).normal(0, 0.005, len(at))
    sounds = {"silence": at * 0, "noise": noise, "melody": tune * 0.2}
    found = {name: heard([sound.astype(np.float32)], ear)[0][0].split() for name, sound in sounds.items()}
    # What the voice detector lets through is Whisper's to invent from: the filters must hold alone as well.
    window = {
        name: sum(map(len, windows.hear([windows.Utterance(0, sound.astype(np.float32))], ear, "fr")))
        for name, sound in sounds.items()
    }
    told = {name: len(said) for name, said in found.items()}
    return {"words": told, "words_without_detector": window, "held": not any(told.values())}


def packed(ear: Recogniser, count: int) -> dict[str, Any]:
    texts = [
        f"{SENTENCES[n % 12]} {SENTENCES[(n * 5 + n // 12 + 3) % 12]}" if n % 3 else SENTENCES[n % 12]
        for n in range(count)
    ]
    notes = [say(text, "fr", 150 + 5 * (n // 12)) for n, text in enumerate(texts)]
    lengths = sorted(len(note) / RATE for note in notes)
    together, cpu_packed, used = heard(notes, ear)
    _, cpu_alone, alone = heard(notes, ear, packs=False)
    said = [words(text) for text in texts]
    wrong = [
        number
        for number, text in enumerate(together)
        if error(said[number], words(text)) > min(error(other, words(text)) for other in said)
    ]
    return {
        "notes": count,
        "seconds": [round(lengths[0], 1), round(lengths[-1], 1)],
        "windows": used,
        "cpu_packed": round(cpu_packed, 1),
        "cpu_one_by_one": round(cpu_alone, 1),
        "calls_one_by_one": alone,
        "gain": round(cpu_alone / cpu_packed, 2),
        "on_another_note": len(wrong),
        "held": cpu_alone / cpu_packed >= LEAST_GAIN and not wrong,
    }


def voices(weights: Path) -> dict[str, Any]:
    network = VoicePrints(weights)
    told: dict[str, Any] = {}
    for name, six in SPEAKERS.items():
        sounds = {voice: [say(text, voice) for text in SENTENCES] for voice in six}
        told[name] = told_apart(network, sounds) | {"turns": turns(network, sounds)}
    told["held"] = all(
        told[name]["right"] >= LEAST_RIGHT and told[name]["unknown"] >= LEAST_UNKNOWN for name in SPEAKERS
    )
    return told


def learnt(network: VoicePrints, notes: Sequence[Any]) -> Voice:
    return learn(np.concatenate([voiced(network, note) for note in notes]))


def told_apart(network: VoicePrints, sounds: dict[str, list[Any]]) -> dict[str, Any]:
    prints = {voice: list(map(network.of, notes)) for voice, notes in sounds.items()}
    right, unknown = Counter[tuple[str, str, bool]](), Counter[tuple[str, str, bool]]()
    notes = Counter[tuple[bool, bool]]()  # (one of the two, told so)
    for three in LEARNT:
        known = {voice: learnt(network, [sounds[voice][n] for n in three]) for voice in sounds}
        for one, two in combinations(sounds, 2):
            names = {one: MINE, two: "voix 2"}
            for voice in sounds:
                for note in (note for n, note in enumerate(prints[voice]) if n not in three):
                    labels = label(note, {MINE: known[one], "voix 2": known[two]})
                    wanted = names.get(voice)
                    good = [who == wanted if wanted else who not in names.values() for who in labels]
                    notes[bool(wanted), 2 * sum(good) > len(good)] += 1
                    for is_good in good:
                        if wanted:
                            right[one, two, is_good] += 1
                        else:
                            for other in (one, two):
                                unknown[other, voice, is_good] += 1
    return {
        "right": share(right),
        "unknown": share(unknown),
        "right_notes": round(notes[True, True] / (notes[True, True] + notes[True, False]), 3),
        "unknown_notes": round(notes[False, True] / (notes[False, True] + notes[False, False]), 3),
        "windows": sum(right.values()),
        "right_by_pair": by_pair(right),
        "unknown_by_known_and_third": by_pair(unknown),
    }


def share(counted: Counter[tuple[str, str, bool]]) -> float:
    return round(sum(n for (*_, good), n in counted.items() if good) / sum(counted.values()), 3)


def by_pair(counted: Counter[tuple[str, str, bool]]) -> dict[str, float]:
    pairs = {(one, two) for one, two, _ in counted}
    return {
        f"{one} {two}": share(Counter({key: n for key, n in counted.items() if key[:2] == (one, two)}))
        for one, two in sorted(pairs)
    }


def turns(network: VoicePrints, sounds: dict[str, list[Any]]) -> dict[str, float]:
    """Two voices take turns in one recording, the first of them known: who is said to speak when who does."""
    said = Counter[tuple[str, str]]()
    for one, two in permutations(sounds, 2):
        mine = learnt(network, sounds[one][:3])
        parts = [sounds[(one, two)[n % 2]][3 + n] for n in range(9)]
        ends = np.cumsum([len(part) for part in parts]) / RATE
        for place, who in enumerate(label(network.of(np.concatenate(parts)), {MINE: mine})):
            speaks = int(np.searchsorted(ends, place * 0.8 + 0.8)) % 2
            said["other" if speaks else MINE, who if who in (MINE, UNKNOWN) else "other"] += 1
    return {
        f"{speaks} as {who}": round(n / sum(m for (one, _), m in said.items() if one == speaks), 3)
        for (speaks, who), n in sorted(said.items())
    }


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="errors,quiet,packed,voices")
    parser.add_argument("--notes", type=int, default=60)
    options = parser.parse_args()
    asked = options.only.split(",")
    ear = FasterWhisper(os.environ["SOSIE_WHISPER"], lambda question: False) if asked != ["voices"] else None
    parts = {
        "errors": lambda: errors(ear),
        "quiet": lambda: quiet(ear),
        "packed": lambda: packed(ear, options.notes),
        "voices": lambda: voices(Path(os.environ["SOSIE_SPEAKER"])),
    }
    told: dict[str, Any] = {"engine": ear.name if ear else "", "machine": machine(), "commit": commit()}
    for name in asked:
        told[name] = parts[name]()
        print(name, json.dumps(told[name], ensure_ascii=False), flush=True)
    at = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    path = HERE / "results" / f"transcribe-{at}.json"
    path.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return int(not all(told[name]["held"] for name in asked))


if __name__ == "__main__":
    sys.exit(main())
