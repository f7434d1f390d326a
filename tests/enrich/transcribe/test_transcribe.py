"""From a zip with voice notes to dialogues: each text on its message, once, private, and gone when asked."""

import json
import os
import stat

import pytest
from beeps import Beeps, opening, sound, whatsapp_zip

from sosie import Project
from sosie.core import jsonl
from sosie.core.errors import NothingToDo
from sosie.core.settings import Transcribe
from sosie.enrich.transcribe.run import KNOWN, NOBODY, transcribe
from sosie.evaluate.heldout import held_out
from sosie.prepare.transcripts import Transcripts

OPTIONS = Transcribe(model="none")
TALK = [
    ("Malo", "tu viens ce soir ?"),
    ("Léa", "(PTT-1)"),
    ("Malo", "(PTT-2)"),
    ("Léa", "non merci, je reste ici"),
    ("Malo", "dommage, on sera nombreux"),
    ("Léa", "(PTT-3)"),
]
SOUNDS = {
    "PTT-1": sound("oui", "euh", "j'arrive", "à", "huit", "heures"),
    "PTT-2": sound("apporte", "le", "pain"),
    "PTT-3": sound("demain", "peut-être"),
}


@pytest.fixture
def folder(tmp_path):
    """A project with the export in it."""
    project = Project(tmp_path / "moi")
    project.import_([whatsapp_zip(tmp_path / "Discussion WhatsApp avec Malo.zip", TALK, SOUNDS)], me=["Léa"])
    return project


def run(project, log=None, files=(), events=None, name="beeps 1", **changes):
    report = events.append if events is not None else lambda event: None
    options = OPTIONS.model_copy(update=changes)
    return transcribe(project.workspace, list(files), options, report=report, opening=opening(log, name))


def dialogues(project):
    project.prepare()
    return [d for part in ("train", "valid", "test") for d in jsonl.own_dialogues(project.workspace, part)]


def texts(project):
    return {one.name: one.learnt for one in Transcripts.open(project.workspace).found.values()}


def test_each_voice_message_has_its_own_text_though_all_were_heard_at_once(folder, tmp_path):
    done = run(folder, tmp_path / "log")
    assert done.to_json() == {"notes": 3, "transcribed": 3, "skipped": {}, "seconds_of_sound": 4.4}
    assert texts(folder) == {
        "PTT-1.opus": "oui j'arrive à huit heures",
        "PTT-2.opus": "apporte le pain",
        "PTT-3.opus": "demain peut-être",
    }
    assert len((tmp_path / "log").read_text(encoding="utf-8").splitlines()) == 1


def test_what_was_said_is_in_the_dialogues_and_marked(folder):
    before = dialogues(folder)
    run(folder)
    (after,) = dialogues(folder)
    assert not any(d.origin.transcribed for d in before)
    assert after.replies == ("oui j'arrive à huit heures", "non merci, je reste ici", "demain peut-être")
    assert "[vocal] apporte le pain" in [turn.text for turn in after.turns]
    assert after.origin.transcribed and len(after.origin.spoken) == 2


def test_a_name_that_was_said_is_masked_like_one_that_was_written(tmp_path):
    project = Project(tmp_path / "moi")
    said = {"PTT-1": sound("oui", "je", "viens", "avec", "Malo")}
    project.import_([whatsapp_zip(tmp_path / "a.zip", TALK[:2], said)], me=["Léa"])
    run(project)
    (one,) = dialogues(project)
    assert one.replies == ("oui je viens avec [PRÉNOM_1]",)
    assert texts(project) == {"PTT-1.opus": "oui je viens avec Malo"}


def test_measuring_counts_the_typed_replies_of_a_dialogue_and_tells_the_others(folder):
    run(folder)
    held = held_out(dialogues(folder), 100, 7)
    assert held.truth == ["non merci, je reste ici"]
    assert held.left_out == {"generated": 0, "transcribed": 2}


def test_a_second_run_hears_nothing_and_another_manner_needs_no_ear(folder, tmp_path):
    log = tmp_path / "log"
    run(folder, log)
    heard = log.read_text("utf-8")
    assert run(folder, log).skipped == {KNOWN: 3}
    assert run(folder, log, manner="spoken").skipped == {KNOWN: 3}
    assert texts(folder)["PTT-1.opus"] == "oui euh j'arrive à huit heures"
    assert log.read_text("utf-8") == heard
    assert run(folder, log, name="beeps 2").transcribed == 3


def test_the_same_sound_in_two_messages_is_heard_once(tmp_path):
    project, log = Project(tmp_path / "moi"), tmp_path / "log"
    same = {"PTT-1": SOUNDS["PTT-1"], "PTT-2": SOUNDS["PTT-1"], "PTT-3": SOUNDS["PTT-3"]}
    project.import_([whatsapp_zip(tmp_path / "a.zip", TALK, same)], me=["Léa"])
    done = run(project, log)
    assert (done.transcribed, done.skipped) == (2, {KNOWN: 1})
    assert len(texts(project)) == 3 and log.read_text("utf-8").count("huit") == 1


def test_a_correction_outlives_a_new_run_by_another_engine_but_not_another_sound(folder):
    run(folder)
    kept = Transcripts.open(folder.workspace)
    key = next(key for key, one in kept.found.items() if one.name == "PTT-3.opus")
    kept.correct(key, "demain, peut-être")
    run(folder, name="beeps 2")
    assert texts(folder)["PTT-3.opus"] == "demain, peut-être"
    one = Transcripts.open(folder.workspace).found[key]
    kept.add([type(one)(one.thread, one.message, "another sound", text="autre chose")])
    assert kept.found[key].learnt == "autre chose"


def test_a_sound_without_speech_has_no_text_and_says_so(tmp_path):
    project = Project(tmp_path / "moi")
    quiet = {**SOUNDS, "PTT-3": sound(lead=8.0)}
    project.import_([whatsapp_zip(tmp_path / "a.zip", TALK, quiet)], me=["Léa"])
    done = run(project)
    assert (done.transcribed, done.skipped) == (2, {NOBODY: 1})
    assert run(project).skipped == {KNOWN: 3}


def test_an_export_without_its_media_and_one_that_is_missing_a_file_are_told(tmp_path):
    project = Project(tmp_path / "moi")
    some = {"PTT-1": SOUNDS["PTT-1"], "PTT-2": b""}
    project.import_([whatsapp_zip(tmp_path / "a.zip", TALK, some)], me=["Léa"])
    events = []
    done = run(project, events=events)
    assert done.notes == 3 and done.transcribed == 1
    assert done.skipped == {"son absent de l'export (fait sans les médias)": 1, "fichier vide": 1}
    assert any(event.text.startswith("« PTT-2.opus » : fichier vide. ") for event in events)


def test_a_folder_without_any_sound_says_what_to_do(tmp_path):
    with pytest.raises(NothingToDo, match="aucun message vocal"):
        run(Project(tmp_path / "vide"))


def test_recordings_are_given_as_files_or_folders_and_their_text_may_be_beside_them(tmp_path):
    project = Project(tmp_path / "moi")
    memos = tmp_path / "memos"
    memos.mkdir()
    (memos / "a.wav").write_bytes(sound("on", "se", "voit", "demain"))
    (memos / "a.txt").write_text("On se voit demain.\n", encoding="utf-8")
    (memos / "b.wav").write_bytes(sound("non", "merci"))
    assert run(project, files=[memos]).transcribed == 2
    assert texts(project)["a.wav"] == "on se voit demain"
    done = run(project, files=[memos], engine="text")
    assert (done.transcribed, done.skipped) == (1, {"pas de texte à côté": 1})
    assert texts(project)["a.wav"] == "On se voit demain."


def test_a_long_note_is_heard_in_windows_and_its_words_keep_their_times(tmp_path):
    project, log = Project(tmp_path / "moi"), tmp_path / "log"
    (tmp_path / "long.wav").write_bytes(
        sound("on", lead=290) + sound("voit", lead=30)[44:] + sound("soir")[44:]
    )
    data = bytearray((tmp_path / "long.wav").read_bytes())
    data[4:8], data[40:44] = (len(data) - 8).to_bytes(4, "little"), (len(data) - 44).to_bytes(4, "little")
    (tmp_path / "long.wav").write_bytes(data)
    run(project, log, [tmp_path / "long.wav"])
    (kept,) = Transcripts.open(project.workspace).found.values()
    assert kept.learnt == "on voit soir"
    assert [round(word.start) for word in kept.words] == [290, 320, 321]


def test_what_is_kept_is_for_its_owner_alone_and_no_repr_tells_it(folder):
    run(folder)
    path = folder.workspace.private / "transcripts.jsonl"
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    kept = Transcripts.open(folder.workspace)
    assert "huit" not in repr(kept) + repr(list(kept.found.values())) + repr(
        next(iter(kept.found.values())).words
    )


def test_a_line_that_a_kill_cut_costs_its_note_alone(folder, tmp_path):
    run(folder)
    path = folder.workspace.private / "transcripts.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    log = tmp_path / "log"
    done = run(folder, log)
    assert (done.transcribed, done.skipped) == (1, {KNOWN: 2})
    assert len(texts(folder)) == 3
    assert all(json.loads(line) for line in path.read_bytes().splitlines()[-1:])


def test_lines_that_are_no_transcript_are_passed_over(folder):
    run(folder)
    path = folder.workspace.private / "transcripts.jsonl"
    with path.open("a", encoding="utf-8") as file:
        file.write(
            '{"format": 1, "sound": "x"}\n[]\n{"format": 2}\nnull\n{"format": 1, "sound": "x", "thread": 1,'
        )
    assert len(texts(folder)) == 3


def test_a_person_who_is_forgotten_is_in_no_transcript(tmp_path):
    project = Project(tmp_path / "moi")
    said = {**SOUNDS, "PTT-1": sound("oui", "je", "viens", "avec", "Malo")}
    project.import_([whatsapp_zip(tmp_path / "a.zip", TALK, said)], me=["Léa"])
    (tmp_path / "memo.wav").write_bytes(sound("demain", "je", "viens", "avec", "Malo"))
    run(project)
    run(project, files=[tmp_path / "memo.wav"])
    dialogues(project)
    project.forget("Malo")
    kept = (project.workspace.private / "transcripts.jsonl").read_text("utf-8")
    assert "Malo" not in kept and "apporte" not in kept
    assert "viens" in kept  # the recording stays, without the name


def test_another_engine_hears_again_and_a_loop_is_heard_note_by_note(folder, tmp_path):
    class Loops(Beeps):
        def hear(self, samples, language):
            (found,) = super().hear(samples, language)
            long = len(found.words) > 6
            return [type(found)(found.words * 20, compression=9.0)] if long else [found]

    options = OPTIONS.model_copy()
    log = tmp_path / "log"
    done = transcribe(folder.workspace, [], options, opening=lambda *_: Loops(log, "loops"))
    assert done.transcribed == 3 and texts(folder)["PTT-2.opus"] == "apporte le pain"
    assert len(log.read_text("utf-8").splitlines()) == 4


def test_a_file_in_which_nobody_speaks_is_named(tmp_path):
    (tmp_path / "vide.wav").write_bytes(sound(lead=2.0))
    events = []
    run(Project(tmp_path / "moi"), files=[tmp_path / "vide.wav"], events=events)
    assert [e.text for e in events if e.kind == "warning"] == [
        "« vide.wav » : personne n'y parle. Écoutez-le : le son est peut-être trop faible."
    ]
