"""The review: what was decided holds through undoing, leaving, killing and a new prepare."""

import json
import random
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from prepare_talk import START, conversation, dialogue

from sosie.core import jsonl
from sosie.core.drafts import data_alone
from sosie.core.errors import BadSettings, NothingToDo
from sosie.core.progress import silent
from sosie.core.settings import Prepare
from sosie.core.workspace import Workspace
from sosie.prepare import pipeline
from sosie.prepare.authors import authors
from sosie.prepare.names.export_names import ExportNames
from sosie.prepare.owner import find_me
from sosie.prepare.restore import restore_turns
from sosie.prepare.review.apply import apply_if_needed
from sosie.prepare.review.decisions import Decisions, add_line
from sosie.prepare.review.rows import Filter
from sosie.prepare.review.session import open_review
from sosie.prepare.vault import Vault

PARTS = ("train", "valid", "test")


WORDS = """
demain gare pluie café train soirée voiture maison jardin école marché pain fromage lettre photo musique film
plage montagne vélo chien chat sœur frère cousin travail bureau réunion dossier vacances hiver été printemps
"""


def words(*seed):
    """Six words, so that no two talks are near-copies."""
    return " ".join(random.Random(repr(seed)).sample(WORDS.split(), 6))


def talk(n, said="mot"):
    """What is said in the talk of that number, in turn."""
    return [
        f"question {n} ça va ? {words(n, 0)}",
        f"réponse {said}{n} oui {words(n, 1)}",
        f"et le ciné {n} ? {words(n, 2)}",
        f"{said}{n} non {words(n, 3)}",
    ]


def talks(count=12, said="mot"):
    """A talk of four turns every two months; every fourth is Inès's."""
    return [
        conversation(
            *(
                f"{'Léa' if place % 2 else 'Malo' if n % 4 else 'Inès'}: {text}"
                for place, text in enumerate(talk(n, said))
            ),
            id=f"c{n}",
            start=START + timedelta(days=60 * n),
        )
        for n in range(count)
    ]


def prepare(workspace, threads, heard=None, keep_names=()):
    vault = Vault.open(workspace)
    identity = find_me(authors(threads), ["Léa"])
    report = heard.append if heard is not None else (lambda event: None)
    decisions = Decisions.open(workspace)
    options = Prepare(keep_names=keep_names)
    made = pipeline.prepare(iter(threads), identity, options, vault, report, decisions=decisions)
    pipeline.write_data(made, workspace, vault)
    return made


@pytest.fixture
def workspace(tmp_path):
    workspace = Workspace(tmp_path)
    prepare(workspace, talks())
    return workspace


def learnt(workspace):
    """The texts of every dialogue of data/, in the order of the files."""
    found = [d for part in PARTS for d in jsonl.read(workspace.data / f"{part}.jsonl")]
    return [[turn.text for turn in d.turns] for d in found]


def test_what_is_dropped_is_learnt_no_more_and_undoing_brings_it_back(workspace):
    before = learnt(workspace)
    review = open_review(workspace)
    rows = review.page(0).rows
    assert [[turn.text for turn in row.turns] for row in rows] == before
    review.decide("drop", [rows[0].id, rows[1].id])
    review.decide("not_me", [rows[2].id])
    review.apply()
    assert learnt(workspace) == before[3:]
    report = json.loads((workspace.data / "report.json").read_text("utf-8"))
    assert report["dropped"]["review"] == {"écarté à la relecture": 2, "« pas moi », dit à la relecture": 1}
    assert sum(report["dialogues"].values()) == 9
    again = open_review(workspace)
    assert [row.piece.state for row in again.page(0).rows[:4]] == ["drop", "drop", "not_me", ""]
    assert again.undo().do == "not_me" and again.undo().do == "drop" and again.undo() is None
    again.apply()
    assert learnt(workspace) == before


def test_a_new_prepare_keeps_every_decision(workspace):
    review = open_review(workspace)
    first, second, third = (row.id for row in review.page(0).rows[:3])
    review.decide("drop", [first])
    review.edit(second, 1, "autre chose")
    review.split(third, 2)
    review.apply()
    decided = learnt(workspace)
    assert decided[0][1] == "autre chose" and len(decided) == 12
    assert decided[1] == talk(2)[:2] and len(decided[2]) == 2
    prepare(workspace, talks())
    assert learnt(workspace) == decided
    again = open_review(workspace)
    assert again.counts() == {"dialogues": 13, "open": 11, "keep": 0, "drop": 1, "not_me": 0, "edited": 1}
    assert [again.undo().do for _ in range(3)] == ["split", "edit", "drop"]
    again.apply()
    prepare(workspace, talks())
    assert learnt(workspace)[:2] == [talk(0), talk(1)]


def test_a_correction_whose_words_are_gone_is_told_and_not_applied(workspace):
    review = open_review(workspace)
    row = review.page(0).rows[0]
    review.edit(row.id, 1, "corrigé")
    review.edit(row.id, 0, "question ?")
    heard = []
    prepare(workspace, talks(said="nouveau"), heard)
    assert learnt(workspace)[0][:2] == ["question ?", talk(0, "nouveau")[1]]
    assert "ne s'appliquent plus" in heard[-1].text and ": 1." in heard[-1].text
    (flagged,) = open_review(workspace).page(0, Filter(flagged=True)).rows
    assert flagged.id == row.id


def test_what_is_edited_is_masked_before_it_is_written_anywhere(workspace):
    review = open_review(workspace)
    review.edit(review.page(0).rows[0].id, 1, "appelle\udce9 le 06 39 98 12 47")
    review.apply()
    assert learnt(workspace)[0][1] == "appelle? le [TÉLÉPHONE_1]"
    for path in workspace.folder.rglob("*.json*"):
        assert "39 98" not in path.read_text("utf-8")
    assert "[TÉLÉPHONE_1]" in (workspace.private / "pseudonyms.json").read_text("utf-8")


def test_filters_and_search_narrow_what_is_shown(workspace):
    review = open_review(workspace)
    shown = {
        "text": Filter(text="CINE 1 ?"),
        "year": Filter(year=2026),
        "person": Filter(person="inès"),
        "pseudonym": Filter(person="[AMI_2]"),
        "open": Filter(state="open"),
        "low": Filter(low=True),
    }
    counts = {name: review.page(0, wanted).total for name, wanted in shown.items()}
    assert counts == {"text": 1, "year": 6, "person": 3, "pseudonym": 9, "open": 12, "low": 0}
    review.decide("keep", [row.id for row in review.rows(shown["person"])])
    assert review.page(0, Filter(state="keep")).total == 3
    assert review.page(0, Filter(person="personne")).total == 0


def test_a_line_that_a_killed_process_left_half_written_costs_that_line_only(workspace):
    review = open_review(workspace)
    rows = review.page(0).rows
    review.decide("drop", [rows[0].id])
    path = workspace.data / "decisions.jsonl"
    with path.open("ab") as file:
        file.write(b'{"key": "0000", "do": "drop", "on": ["')
    open_review(workspace).decide("drop", [rows[1].id])
    assert open_review(workspace).counts()["drop"] == 2
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_a_killed_review_decided_is_applied_before_anything_is_learnt(workspace):
    before = learnt(workspace)
    review = open_review(workspace)
    review.decide("drop", [review.page(0).rows[0].id])
    assert learnt(workspace) == before
    apply_if_needed(workspace)
    assert learnt(workspace) == before[1:]


def test_a_review_is_written_once_who_is_at_work_in_data_is_done(workspace):
    review = open_review(workspace)
    review.decide("drop", [review.rows()[0].id])
    before = (workspace.data / "train.jsonl").read_bytes()
    with data_alone(workspace, silent):
        applying = threading.Thread(target=review.apply)
        applying.start()
        applying.join(0.2)
        assert applying.is_alive() and (workspace.data / "train.jsonl").read_bytes() == before
    applying.join()
    assert not review.changed


def test_dropping_everything_is_refused_and_loses_nothing(workspace):
    before = learnt(workspace)
    review = open_review(workspace)
    review.decide("drop", [row.id for row in review.rows()])
    with pytest.raises(NothingToDo):
        review.apply()
    assert learnt(workspace) == before
    review.undo()
    review.apply()
    assert learnt(workspace) == before


def test_impossible_corrections_are_refused_in_a_sentence(workspace):
    review = open_review(workspace)
    row = review.page(0).rows[0]
    for wrong in (
        lambda: review.edit(row.id, 1, "  "),
        lambda: review.edit(row.id, 9, "a"),
        lambda: review.split(row.id, 1),
        lambda: review.split(row.id, 0),
        lambda: review.decide("drop", ["?"]),
    ):
        with pytest.raises(BadSettings):
            wrong()
    assert review.undo() is None


def test_dialogues_from_elsewhere_are_known_by_their_words(tmp_path):
    workspace = Workspace(tmp_path)
    workspace.data.mkdir()
    for n, part in enumerate(PARTS):
        made = [dialogue(f"q{n}{k} ?", f"réponse {n} {k} {words(n, k)}", dated=False) for k in range(3)]
        jsonl.write(
            workspace.data / f"{part}.jsonl", [replace(d, origin=replace(d.origin, id="")) for d in made]
        )
    review = open_review(workspace)
    row = review.page(0).rows[0]
    review.edit(row.id, 1, "autrement")
    review.apply()
    again = open_review(workspace)
    assert again.counts()["dialogues"] == 9 and again.counts()["edited"] == 1
    again.undo()
    again.apply()
    assert sorted(learnt(workspace))[0] == ["q00 ?", f"réponse 0 0 {words(0, 0)}"]


def test_a_decision_written_by_hand_is_read_with_care(workspace):
    add_line(workspace, {"do": "drop", "on": "abc"})
    add_line(workspace, {"do": "erase", "on": ["abc"]})
    add_line(workspace, {"do": "undo", "of": "nothing"})
    add_line(workspace, {"do": "edit", "on": ["abc"], "turn": "x"})
    assert not open_review(workspace).counts()["drop"]


def test_a_person_is_kept_or_removed_from_the_next_prepare_on(workspace):
    review = open_review(workspace)
    assert review.people() == {"[AMI_1]": "Inès", "[AMI_2]": "Malo"}
    review.decide_person("Inès", "remove")
    assert review.consent("ines") == "remove"
    prepare(workspace, talks())
    assert len(learnt(workspace)) == 9


def surrogates(workspace, threads):
    """Prepared with surrogates; the names are those of the export."""
    heard = ExportNames()
    for thread in map(heard.watch, threads):
        list(thread.messages)
    options = Prepare(names="surrogates")
    names, vault = heard.names("surrogates"), Vault.open(workspace)
    decisions = Decisions.open(workspace)
    identity = find_me(authors(threads), ["Léa"])
    made = pipeline.prepare(iter(threads), identity, options, vault, names=names, decisions=decisions)
    pipeline.write_data(made, workspace, vault)
    return lambda consents: names.keep(*consents.kept(heard.authors))


def with_names(count=6):
    """Talks in which a friend and a number are named."""
    threads = talks(count)
    return [
        replace(
            thread,
            messages=tuple(
                replace(m, text=f"{m.text} avec Malo au 06 39 98 12 4{n}") if place == 1 else m
                for place, m in enumerate(thread.messages)
            ),
        )
        for n, thread in enumerate(threads)
    ]


def restored(workspace):
    vault = Vault.open(workspace)
    found = [d for part in PARTS for d in jsonl.read(workspace.data / f"{part}.jsonl")]
    return [turn.text for d in found for turn in restore_turns(d, vault).turns]


def test_a_name_typed_in_a_correction_is_masked_like_elsewhere(workspace):
    review = open_review(workspace)
    review.edit(review.page(0).rows[0].id, 1, "demande à Zoé et à Bertrand")
    review.apply()
    assert learnt(workspace)[0][1] == "demande à [PRÉNOM_1] et à [PRÉNOM_2]"
    assert "Bertrand" not in "".join(p.read_text("utf-8") for p in workspace.folder.rglob("*.json*"))


def test_a_correction_leaves_names_that_may_stand_and_surrogates_as_they_are(tmp_path):
    workspace = Workspace(tmp_path)
    names = surrogates(workspace, with_names())
    review = open_review(workspace, names)
    row = review.page(0).rows[0]
    before = row.turns[1].text
    shown = [before[start:end] for start, end in review.masked_spans(row, 1)]
    assert shown == [before.split()[-7], " ".join(before.split()[-5:])] and "Malo" not in shown
    review.decide_person("Inès", "keep")
    review.edit(row.id, 1, f"{before} sans Inès ni Bertrand")
    review.apply()
    edited = learnt(workspace)[0][1]
    assert edited.startswith(f"{before} sans Inès ni ") and "Bertrand" not in edited
    surrogates(workspace, with_names())
    assert learnt(workspace)[0][1].startswith(f"{before} sans ")


def test_what_was_not_corrected_is_restored_exactly_after_a_split_too(tmp_path):
    workspace = Workspace(tmp_path)
    said = ["c'est Malo", "non pas Malo", "ah oui MALO", "non pas malo", "ok Malo", "non pas MALO"]
    lines = [f"{'Léa' if n % 2 else 'Malo'}: {text}" for n, text in enumerate(said)]
    threads = [conversation(*lines, id="twice"), *with_names()]
    names = surrogates(workspace, threads)
    before = restored(workspace)
    assert all(text in before for text in said)
    review = open_review(workspace, names)
    (row,) = [row for row in review.rows() if len(row.turns) == 6]
    review.split(row.id, 2)
    review.edit(row.id, 0, "salut")
    review.apply()
    after = restored(workspace)
    assert set(after) <= {"salut", *before} and [text for text in after if text in said] == said[1:]


def test_what_touches_a_sensitive_subject_is_flagged_and_what_teaches_little_is_low(workspace):
    review = open_review(workspace)
    first, second = review.page(0).rows[:2]
    review.edit(first.id, 0, "il a commencé la chimio")
    review.edit(second.id, 1, "😂")
    review.edit(second.id, 3, "haha")
    assert [row.flags for row in review.rows(Filter(flagged=True))] == [("santé",)]
    assert [row.id for row in review.rows(Filter(low=True))] == [second.id]


def test_names_that_stay_are_those_that_prepare_was_told_wherever_it_was_told(workspace):
    workspace.settings.write_text('[prepare]\nkeep_names = ["Malo"]\n', "utf-8")
    assert pipeline.options_of(workspace).keep_names == ()  # data/ was made without
    prepare(workspace, talks(), keep_names=("Inès",))
    assert pipeline.options_of(workspace).keep_names == ("Inès",)
    assert (workspace.private / "pseudonyms.json").stat().st_mode & 0o777 == 0o600
    assert not any("Inès" in path.read_text("utf-8") for path in workspace.data.iterdir())
    prepare(workspace, talks())
    assert pipeline.options_of(workspace).keep_names == ()


def test_names_that_stay_are_those_of_the_settings_for_data_of_an_older_version(workspace):
    path = workspace.private / "pseudonyms.json"
    record = json.loads(path.read_text("utf-8"))
    del record["kept"]
    path.write_text(json.dumps(record), "utf-8")
    workspace.settings.write_text('[prepare]\nkeep_names = ["Inès"]\n', "utf-8")
    assert pipeline.options_of(workspace).keep_names == ("Inès",)


def test_a_half_that_a_filter_would_refuse_teaches_little(workspace):
    review = open_review(workspace)
    row = review.page(0).rows[0]
    review.edit(row.id, 3, "haha mdr haha ptdr lol haha mdr ptdr")
    review.split(row.id, 2)
    assert [each.id.partition("-")[0] for each in review.rows(Filter(low=True))] == [row.id]
