"""Questions for monologues: the answer is the person's own words, and nothing is paid twice or sent bare."""

import json
import zipfile

import pytest
from asked_server import HTML, asks, said, serving, text_in
from said_alone import monologue, prepared

from sosie.cli.main import _run
from sosie.core import jsonl
from sosie.core.errors import BadSettings, NothingToDo, SosieError
from sosie.core.jsonl import own_dialogues
from sosie.importing import store
from sosie.prepare.transcripts import Transcript, Transcripts


def alone(count, start=0):
    return [monologue(n) for n in range(start, start + count)]


def generated(project):
    path = project.workspace.data / "generated.jsonl"
    return list(jsonl.read(path)) if path.is_file() else []


def test_every_answer_is_what_the_person_wrote_letter_for_letter(tmp_path):
    texts = alone(12)
    project = prepared(tmp_path, texts)
    with serving() as (url, log):
        done = project.enrich(server=url)
    assert (done.pieces, done.dialogues, len(log)) == (12, 12, 12)
    assert {dialogue.replies[0] for dialogue in generated(project)} == set(texts)
    assert all(dialogue.origin.generated for dialogue in generated(project))


def test_prepare_weaves_them_into_train_alone_up_to_their_share(tmp_path):
    project = prepared(tmp_path, alone(40))
    with serving() as (url, _):
        asked = project.enrich(server=url)
    made = project.prepare()
    train = own_dialogues(project.workspace, "train")
    count = sum(dialogue.origin.generated for dialogue in train)
    assert 0 < count == made.to_json()["generated"]
    assert count / len(train) <= 0.30 < (count + 1) / (len(train) + 1)
    assert made.ledger.dropped["generated"] == {"au-delà de leur part": asked.dialogues - count}
    assert not [
        d for part in ("valid", "test") for d in own_dialogues(project.workspace, part) if d.origin.generated
    ]
    project.prepare(generated_share=0)
    assert not [d for d in own_dialogues(project.workspace, "train") if d.origin.generated]


def test_what_is_said_on_days_that_are_measured_is_not_learnt(tmp_path):
    project = prepared(tmp_path, alone(5), days=18)
    with serving() as (url, _):
        project.enrich(server=url)
    before = {d.origin.first for d in generated(project)}
    starts = min(d.origin.first for part in ("valid", "test") for d in own_dialogues(project.workspace, part))
    project.prepare(generated_share=0.9)
    learnt = [d for d in own_dialogues(project.workspace, "train") if d.origin.generated]
    assert len(learnt) == sum(at < starts for at in before)


def test_the_same_again_costs_nothing(tmp_path):
    project = prepared(tmp_path, alone(5))
    with serving() as (url, log):
        first = project.enrich(server=url)
        again = project.enrich(server=url)
    assert len(log) == 5 and first.tokens > again.tokens == 0
    assert again.dialogues == first.dialogues == len(generated(project))


def test_a_reply_that_a_dialogue_has_is_not_asked_about(tmp_path):
    project = prepared(tmp_path, alone(3))
    with serving() as (url, log):
        project.enrich(server=url, min_words=5)
    assert not [body for body in log if " ok" in text_in(json.loads(body))]


def test_a_budget_stops_before_it_is_passed_and_the_next_run_goes_on(tmp_path):
    project = prepared(tmp_path, alone(12))
    with serving() as (url, log):
        part = project.enrich(server=url, budget=2000)
        assert 0 < part.tokens <= 2000 and part.left > 0 and "budget" in part.stopped
        rest = project.enrich(server=url)
    assert len(log) == 12 and rest.left == 0 and rest.dialogues == 12


def test_without_a_server_nothing_is_sent_and_all_is_counted(tmp_path):
    done = prepared(tmp_path, alone(4)).enrich()
    assert (done.pieces, done.left, done.dialogues) == (4, 4, 0) and done.foreseen > 0


def test_the_bill_is_foreseen_within_fifteen_per_cent(tmp_path):
    texts = [" ".join(alone(1 + n % 3, 3 * n)) for n in range(60)]
    project = prepared(tmp_path, texts)
    with serving() as (url, _):
        done = project.enrich(server=url)
    assert abs(done.foreseen / done.tokens - 1) < 0.15


@pytest.mark.parametrize("count", [2, 3, 6])
def test_the_bill_of_a_few_is_foreseen_from_the_first_half_of_them(tmp_path, count):
    project = prepared(tmp_path, [" ".join(alone(1 + n % 3, 3 * n)) for n in range(count)])
    with serving() as (url, _):
        done = project.enrich(server=url)
    assert done.foreseen != done.foreseen_first
    assert abs(done.foreseen / done.tokens - 1) < 0.15


@pytest.mark.parametrize(
    "answer",
    [
        (200, HTML, b"<html>Bonjour</html>"),
        (401, "application/json", b"{}"),
        (500, "application/json", b"{}"),
        (200, "application/json", b"pas du JSON"),
        (200, "application/json", b"[1, 2]"),
        (200, "application/json", b'{"choices": []}'),
    ],
)
def test_a_server_that_fails_is_told_in_one_sentence_and_left_alone(tmp_path, answer):
    project = prepared(tmp_path, alone(8))
    with serving(lambda body: answer) as (url, log), pytest.raises(SosieError) as told:
        project.enrich(server=url)
    assert told.value.message.startswith("Le serveur ") and len(log) == 3
    assert not generated(project)


def test_what_a_server_gave_before_it_failed_is_kept(tmp_path):
    project = prepared(tmp_path, alone(8))
    asked = []

    def fails_later(body):
        asked.append(body)
        return asks(body) if len(asked) <= 4 else (503, "application/json", b"{}")

    with serving(fails_later) as (url, _):
        done = project.enrich(server=url)
    assert done.dialogues == 4 == len(generated(project)) and "occupé" in done.stopped
    with serving() as (other, log):
        assert project.enrich(server=other).dialogues == 8
    assert len(log) == 8  # another server is asked anew


def test_json_in_a_fence_is_a_question_and_ten_thousand_tokens_are_none(tmp_path):
    project = prepared(tmp_path, alone(6))

    def fenced(body):
        inner = json.loads(asks(body)[2])["choices"][0]["message"]["content"]
        if "numéro 3" in text_in(body):
            return said("blabla " * 10_000, body)
        return said(f"```json\n{json.dumps({'question': inner}, ensure_ascii=False)}\n```", body)

    with serving(fenced) as (url, _):
        done = project.enrich(server=url)
    assert done.dialogues == 5 and done.refused == {"question trop longue": 1}


def test_no_masked_text_leaves_this_machine_unless_the_user_said_so(tmp_path):
    project = prepared(tmp_path, alone(2))
    with pytest.raises(BadSettings, match="exemple.fr"):
        project.enrich(server="https://exemple.fr/v1#grand")
    said_no = []
    with pytest.raises(NothingToDo, match="Rien n'a été envoyé"):
        project.enrich(
            server="https://exemple.fr/v1#grand",
            elsewhere=True,
            agree=lambda q: bool(said_no.append(q)),
            report=lambda event: said_no.append(event.text),
        )
    assert any("exemple.fr" in text and "jetons, prix inconnu" in text for text in said_no)


def test_a_preview_shows_the_scores_and_changes_nothing(tmp_path):
    project = prepared(tmp_path, alone(5))
    with serving() as (url, _):
        done = project.enrich(server=url, preview=True, threshold=0.9)
        assert sum(done.scores) == 5 and not generated(project)
        assert project.enrich(server=url).dialogues == 5


def test_a_text_file_given_is_cut_and_asked_about(tmp_path):
    project = prepared(tmp_path, alone(1))
    journal = tmp_path / "journal.md"
    journal.write_text("\n\n".join(alone(3, 100)), encoding="utf-8")
    with serving() as (url, _):
        project.enrich([journal], server=url)
    told = [d for d in generated(project) if d.origin.source == "texte"]
    assert told and all(d.replies[0] in journal.read_text(encoding="utf-8") for d in told)
    journal.write_text(alone(1, 300)[0], encoding="utf-8")
    with serving() as (url, _):
        project.enrich([journal], server=url)
    assert [d.replies[0] for d in generated(project) if d.origin.source == "texte"] == alone(1, 300)


def test_the_review_decides_on_them_too_and_none_comes_to_measure(tmp_path):
    project = prepared(tmp_path, alone(6))
    with serving() as (url, _):
        project.enrich(server=url)
    project.prepare()
    learnt = [d.origin.id for d in own_dialogues(project.workspace, "train") if d.origin.generated]
    review = project.review()
    review.decide("drop", learnt[:1])
    review.apply()
    for again in (False, True):
        if again:
            project.prepare()
        parts = {part: own_dialogues(project.workspace, part) for part in ("train", "valid", "test")}
        assert [d.origin.id for d in parts["train"] if d.origin.generated] == learnt[1:]
        assert not [d for part in ("valid", "test") for d in parts[part] if d.origin.generated]


def test_what_the_command_prints_as_json(tmp_path, capsys):
    project = prepared(tmp_path, alone(3))
    folder = str(project.workspace.folder)
    with serving() as (url, _):
        assert _run(["enrich", "--server", url, "--folder", folder, "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert {"pieces", "dialogues", "refused", "tokens"} <= told.keys() and told["dialogues"] == 3
        assert _run(["enrich", "--server", url, "--folder", folder]) == 0
    said = capsys.readouterr().out
    assert "3 textes, 3 dialogues" in said and "sosie prepare" in said
    assert _run(["enrich", "--server", "http://127.0.0.1:9/v1", "--folder", folder, "--json"]) == 3
    error = json.loads(capsys.readouterr().out)["error"]
    assert "ne répond pas" in error["message"] and not any(text in str(error) for text in alone(3))


def test_a_recording_and_a_voice_message_are_asked_about_and_said_to_be_transcribed(tmp_path):
    project = prepared(tmp_path, alone(2))
    talk = tmp_path / "vocaux" / "Discussion WhatsApp avec Léa.zip"
    talk.parent.mkdir()
    with zipfile.ZipFile(talk, "w") as export:
        export.writestr(
            "_chat.txt", "[03/01/2025 10:00:00] Léa: <pièce jointe : 00000012-AUDIO-2025-01-03.opus>\n"
        )
    project.import_([talk], me=["Léa"])
    voice = next(
        (conversation.id, message.id)
        for conversation in store.imported(project.workspace)
        for message in conversation.messages
        if message.kind == "voice"
    )
    spoken, recorded = alone(2, 50)
    heard = [Transcript(*voice, "a1", text=spoken), Transcript("", "b2", "b2", text=recorded)]
    Transcripts.open(project.workspace).add(heard)
    with serving() as (url, _):
        project.enrich(server=url)
    told = {d.replies[0]: d.origin.transcribed for d in generated(project)}
    assert told == dict.fromkeys(alone(2), False) | {spoken: True, recorded: True}
