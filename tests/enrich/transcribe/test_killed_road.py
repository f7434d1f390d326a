"""From a zip to reviewed dialogues, killed twenty times on the way: nothing is heard twice or lost."""

import os
import random
import signal

from beeps import VOCABULARY, Beeps, sound, whatsapp_zip

from sosie import Project
from sosie.core import jsonl
from sosie.core.settings import Transcribe
from sosie.enrich.transcribe.run import transcribe
from sosie.prepare.transcripts import Transcripts

NOTES, KILLS = 100, 20
OPTIONS = Transcribe(model="none")


class Killed(Beeps):
    """Killed at its `calls`th window: before it hears, or when it has heard and nothing is written yet."""

    def __init__(self, log, calls, after):
        super().__init__(log)
        self.calls, self.after = calls, after

    def hear(self, samples, language):
        self.calls -= 1
        if not self.calls and not self.after:
            os.kill(os.getpid(), signal.SIGKILL)
        found = super().hear(samples, language)
        if not self.calls:
            os.kill(os.getpid(), signal.SIGKILL)
        return found


def in_a_fork(work):
    """Whether a process of its own ended by itself."""
    pid = os.fork()
    if not pid:
        try:
            work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_twenty_kills_lose_nothing_and_hear_nothing_twice(tmp_path):
    chance = random.Random(26)
    said = {f"PTT-{n}": chance.choices(VOCABULARY, k=chance.randint(6, 12)) for n in range(NOTES)}
    talk = [line for n in range(NOTES) for line in (("Malo", f"question {n} ?"), ("Léa", f"(PTT-{n})"))]
    project, log = Project(tmp_path / "moi"), tmp_path / "log"
    export = whatsapp_zip(tmp_path / "a.zip", talk, {name: sound(*words) for name, words in said.items()})
    project.import_([export], me=["Léa"])

    kills = 0
    while kills < KILLS:
        kept = Transcripts.open(project.workspace).found
        log.unlink(missing_ok=True)
        engine = Killed(log, 1 + (kills % 4 == 0), chance.random() < 0.5)
        work = lambda: transcribe(project.workspace, [], OPTIONS, opening=lambda *_: engine)  # noqa: B023, E731
        assert not in_a_fork(work), f"it ended before its {kills + 1}th kill"
        kills += 1
        heard = log.read_text("utf-8") if log.exists() else ""
        assert not any(" ".join(word.text for word in one.words) in heard for one in kept.values())
    before = len(Transcripts.open(project.workspace).found)
    assert 0 < before < NOTES
    done = transcribe(project.workspace, [], OPTIONS, opening=lambda *_: Beeps())
    assert done.transcribed == NOTES - before
    found = Transcripts.open(project.workspace).found.values()
    assert {one.name: [word.text for word in one.words] for one in found} == {
        f"{name}.opus": words for name, words in said.items()
    }

    project.prepare()
    review = project.review()
    review.decide("keep", [row.id for row in review.rows()])
    review.apply()
    parts = [d for part in ("train", "valid", "test") for d in jsonl.own_dialogues(project.workspace, part)]
    assert sum(len(d.replies) for d in parts) > NOTES * 0.8 and all(d.origin.transcribed for d in parts)
