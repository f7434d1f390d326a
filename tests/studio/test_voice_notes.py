"""« Relire » plays a voice message beside its text: corrected by its owner, heard by the page alone."""

import hashlib
import re
import time
from shutil import rmtree
from urllib.request import Request, urlopen

import pytest
from beeps import opening, sound, whatsapp_zip

from sosie import Project
from sosie.core.errors import BadSettings
from sosie.core.settings import Transcribe
from sosie.enrich.transcribe.run import transcribe
from sosie.prepare.transcripts import Transcript, Transcripts, Word
from sosie.studio.review_tab import REVIEW
from sosie.studio.state import StudioState
from sosie.studio.voice_notes import sound_of, voice_notes

TALK = [("Malo", "tu viens ce soir ?"), ("Léa", "(PTT-1)"), ("Malo", "(PTT-2)"), ("Léa", "non merci")]
SOUNDS = {"PTT-1": sound("oui", "à", "huit", "heures"), "PTT-2": sound("apporte", "le", "pain")}
FIRST = hashlib.sha256(SOUNDS["PTT-1"]).hexdigest()


def hear(folder, export, engine="beeps 1"):
    project = Project(folder)
    project.import_([whatsapp_zip(export, TALK, SOUNDS)], me=["Léa"])
    transcribe(project.workspace, [], Transcribe(model="none"), opening=opening(name=engine))
    project.prepare()
    return StudioState(project)


@pytest.fixture
def state(tmp_path):
    return hear(tmp_path / "moi", tmp_path / "a.zip")


def first(state):
    return next(one for one in Transcripts.open(state.workspace).found.values() if one.sound == FIRST)


def test_each_sound_is_drawn_beside_what_was_heard_in_it(state):
    drawn = voice_notes(state)
    assert "Vos messages vocaux (2)" in drawn and "oui à huit heures</textarea>" in drawn
    assert f'data-sound="{FIRST}"' in drawn
    assert sound_of(state.workspace, FIRST) == (SOUNDS["PTT-1"], "audio/ogg")
    assert sound_of(state.workspace, "0" * 64) is None


def test_a_correction_is_prepared_and_outlives_a_new_run(state, tmp_path):
    one = first(state)
    asked = {"thread": one.thread, "message": one.message, "fields": {"text": "Oui,\r\nà huit heures"}}
    REVIEW.actions["heard"](state, asked)
    assert "Refaire les dialogues" in voice_notes(state) and "corrigé" in voice_notes(state)
    again = hear(state.folder, tmp_path / "a.zip", "beeps 2")
    assert first(again).learnt == "Oui, à huit heures" and first(again).engine == "beeps 2"
    assert "Oui, à huit heures" in (again.workspace.data / "train.jsonl").read_text("utf-8")


def test_an_empty_box_leaves_the_message_out(state):
    one = first(state)
    REVIEW.actions["heard"](state, {"thread": one.thread, "message": one.message, "fields": {"text": " "}})
    state.project.prepare()
    assert "huit" not in (state.workspace.data / "train.jsonl").read_text("utf-8")


def test_a_message_that_is_gone_is_told(state):
    with pytest.raises(BadSettings, match="n'est plus là"):
        REVIEW.actions["heard"](state, {"thread": "x", "message": "y", "fields": {"text": "z"}})


def test_what_was_heard_is_text_on_the_page_whatever_it_is(state):
    hostile = Transcript(
        "t", "m", "a" * 64, "e", 1.0, (Word("</textarea><script>", 0, 1),), "</textarea><script>"
    )
    Transcripts.open(state.workspace).add([hostile])
    assert "<script>" not in voice_notes(state)


def test_a_thousand_are_drawn_at_once_in_pages(state):
    words = tuple(Word("mot", n, n + 1) for n in range(60))
    many = [Transcript("t", f"m{n}", f"{n:064}", "e", 60.0, words, "mot " * 60) for n in range(1000)]
    Transcripts.open(state.workspace).add(many)
    start = time.process_time()
    drawn = voice_notes(state)
    assert time.process_time() - start < 1.0
    assert drawn.count("<textarea") == 20 and "Page 1 sur 51" in drawn


def test_the_road_of_sounds_wants_the_token_and_a_whole_name(served, tmp_path):
    token = {"X-Sosie-Token": re.search('data-token="([^"]+)"', served.ask("GET", "/").text)[1]}
    target = f"/sosie/son?de={FIRST}"
    assert served.ask("GET", target).status == 403
    assert served.ask("GET", target, headers={"X-Sosie-Token": "x"}).status == 403
    assert served.ask("GET", target, headers=token).status == 404
    for wrong in ("/sosie/son", "/sosie/son?de=", "/sosie/son?de=../x", f"{target}0", f"{target}&x=1"):
        assert served.ask("GET", wrong, headers=token).status == 404
    hear(served.folder, tmp_path / "a.zip")
    try:
        assert served.ask("GET", target).status == 403
        other = {"Origin": "http://un-site.example", "Sec-Fetch-Site": "cross-site"}
        assert served.ask("GET", target, headers=token | other).status in (403, 421)
        asked = Request(
            served.address.rstrip("/") + target, headers=token | {"Sec-Fetch-Site": "same-origin"}
        )
        with urlopen(asked) as reply:
            assert reply.read() == SOUNDS["PTT-1"]
            assert reply.headers["Content-Type"] == "audio/ogg"
            assert reply.headers["X-Content-Type-Options"] == "nosniff"
    finally:  # the page leaves the folder as it found it
        for path in served.folder.iterdir():
            rmtree(path) if path.is_dir() else path.unlink()
