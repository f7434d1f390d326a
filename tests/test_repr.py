"""The repr of all that is public shows counts and no word of anybody: a notebook keeps what cells give."""

from zipfile import ZipFile

import pytest

import sosie
from sosie import Project, inspect, likeness
from sosie.core import settings
from sosie.core.dialogue import Origin, Turn
from sosie.core.errors import SosieError
from sosie.demo import EXPORT
from sosie.enrich.monologues import Piece
from sosie.enrich.store import PaidAnswer
from sosie.messengers.beeper_api import Beeper, BeeperMessage
from sosie.messengers.drafts import Draft
from sosie.prepare.transcripts import Transcript, Transcripts, Word
from sosie.recall.corrections import Correction, corrections, keep_correction
from sosie.studio.state import StudioState
from sosie.style.circles import Circle

PLANTED = ("zorglubine", "Zébulonne", "Grobelot")  # a word of the messages, who wrote it, who is « me »
TALK = "\n".join(
    f"{1 + n % 28:02}/0{1 + n // 60}/2025 {8 + n % 12:02}:{n % 60:02} - {who}: {text} {n}"
    for n in range(240)
    for who, text in (
        (PLANTED[1], f"tu as vu la {PLANTED[0]} ?"),
        (PLANTED[2], f"grave mdr la {PLANTED[0]} carrément"),
    )
)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("moi")
    export = folder / "Discussion.txt"
    export.write_text(TALK, encoding="utf-8")
    return Project(folder / "projet"), export


def silent_on(value):
    """The value itself, once its repr and str are seen to hold no planted word."""
    for shown in (repr(value), str(value), getattr(value, "_repr_html_", str)()):
        assert not [word for word in PLANTED if word.lower() in shown.lower()], type(value).__name__
    return value


def test_from_an_export_to_a_plan_nothing_public_quotes_anybody(project, tmp_path):
    project, export = project
    silent_on(inspect(export))
    silent_on(project.import_([export], me=[PLANTED[2]]))
    silent_on(project)
    card, _ = silent_on(project.style())
    silent_on(card)
    silent_on(project.prepare())
    review = silent_on(project.review())
    silent_on(review.counts() if hasattr(review, "counts") else review)
    silent_on(project.plan(model="mini"))
    silent_on(project.ladder())
    silent_on(project.export("colab", to=tmp_path))
    silent_on(settings.Import(me=(PLANTED[2],), aliases={PLANTED[1]: True}))
    silent_on(settings.Prepare(keep_names=(PLANTED[2],)))
    replies = tmp_path / "reponses.jsonl"
    replies.write_text(f'{{"text": "la {PLANTED[0]}"}}\n' * 60, encoding="utf-8")
    silent_on(likeness(replies, replies))
    with pytest.raises(SosieError) as refused:
        project.import_([export], me=["Personne"])
    silent_on(refused.value)


def test_what_is_said_heard_kept_drafted_and_invented_is_quoted_by_nothing(project, tmp_path):
    project, _ = project
    word, friend, me = PLANTED
    turns = (Turn("user", f"la {word} ?"), Turn("assistant", word))
    silent_on(turns)
    assert silent_on(project.find_own_words(word))
    chats = silent_on(project.chats())
    thread = silent_on(chats.start("lea", name=friend))
    chats.save(thread.id, turns)
    for kept in (chats.threads(), chats.turns(thread.id), chats.search(word)):
        assert silent_on(kept)
    keep_correction(project.workspace, Correction("lea", turns[:1], word, f"ah la {word}"))
    assert silent_on(corrections(project.workspace))
    heard = Transcript(friend, "m", "0" * 64, "e", 1.0, (Word(word, 0, 1),), word, name=me)
    Transcripts.open(project.workspace).add([silent_on(heard)])
    silent_on(Transcripts.open(project.workspace))
    silent_on(Draft("id", "telegram/1", friend, "connection", "7", "written", 0.0, word))
    silent_on(BeeperMessage("id", False, word, 0.0))
    silent_on(Beeper("http://localhost:23373", word))
    silent_on(Circle("tutoiement", (friend,), 60))
    silent_on(PaidAnswer(f"qui est la {word} ?", 1, 1))
    silent_on(Piece(word, Origin(correspondents=(friend,))))
    silent_on(StudioState(project))


def test_a_person_who_is_taken_away_is_not_named_by_what_is_returned(project):
    project, _ = project
    silent_on(project.forget(PLANTED[1]))


@pytest.mark.slow
def test_a_double_its_chat_its_scores_and_its_exports_quote_nobody(tmp_path):
    pytest.importorskip("torch", reason="the bare install has no torch")
    export = tmp_path / "Discussion.txt"
    with ZipFile(EXPORT) as zipped:
        talk = zipped.read(zipped.namelist()[0]).decode("utf-8")
    for known, planted in zip(("mdr", "Malo", "Léa"), PLANTED, strict=True):
        talk = talk.replace(known, planted)
    export.write_text(talk, encoding="utf-8")
    project = Project(tmp_path / "moi")
    project.import_([export], me=[PLANTED[2]])
    project.prepare()
    silent_on(project.mask_preview())
    silent_on(project.train(model="mini", name="lea", epochs=1))
    with silent_on(project.open("lea")) as double:
        chat = double.chat(seed=5)
        chat.say(f"la {PLANTED[0]} ?")
        silent_on(chat)
        silent_on(chat.turns)
    silent_on(project.arena(["lea"]))
    silent_on(project.export("bundle", "lea", to=tmp_path))
    silent_on(
        project.evaluate("lea", contexts=20, rivals=False, generations=100, attacks=False, forgetting=False)
    )


def test_every_public_name_is_tried_here():
    assert {*sosie.__all__} == {"Project", "SosieError", "__version__", "inspect", "likeness", "open_engine"}
