"""`sosie export nanochat`: rows that nanochat's own training accepts, and what it would do of them."""

import json
from dataclasses import replace

import pytest

from sosie.api import Project
from sosie.core import jsonl
from sosie.core.dialogue import Dialogue, Turn
from sosie.core.errors import BadData, BadSettings, NothingToDo
from sosie.export.nanochat_base import utf8_bytes
from sosie.export.nanochat_readme import small_enough, steps_told
from sosie.export.nanochat_rows import (
    check_rows,
    is_accepted,
    json_lines,
    make_rows,
    messages_of,
    tokens_of,
)
from sosie.export.nanochat_steps import Batches, Steps, count_steps


def dialogue(*said):
    return Dialogue(tuple(Turn(*turn) for turn in said))


def texts(rows):
    return [[turn.text for turn in row] for row in rows.rows]


def test_roles_are_mended_user_first_and_each_in_turn():
    odd = dialogue(
        ("system", "Tu es Léa."),
        ("assistant", "au milieu de rien"),
        ("user", "tu viens ?"),
        ("user", "hein ?"),
        ("assistant", "ouais"),
        ("user", "sans réponse"),
    )
    assert texts(make_rows([odd], 2048)) == [["Tu es Léa.\n\ntu viens ?\nhein ?", "ouais"]]


def test_an_answer_that_is_only_context_is_not_given_to_learn():
    context = dialogue(
        ("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", "lu", False), ("user", "d")
    )
    context = replace(context, turns=(*context.turns, Turn("assistant", "e")))
    rows = make_rows([context], 2048)
    assert texts(rows) == [["a", "b"], ["d", "e"]] and rows.context == 1


def test_a_long_dialogue_is_cut_before_a_user_turn_and_no_row_is_too_long():
    exchanges = [turn for _ in range(40) for turn in (("user", "é" * 20), ("assistant", "ok"))]
    long = dialogue(("system", "Sois bref."), *exchanges, ("user", "x"), ("assistant", "y" * 500))
    rows = make_rows([long], 200)
    assert all(tokens_of(row, utf8_bytes) <= 200 for row in rows.rows) and rows.too_long == 1
    assert sum(map(len, rows.rows)) == 80 and len(rows.rows) < 40
    assert all(row[0].text.startswith("Sois bref.\n\n") for row in rows.rows)


def test_every_row_of_every_dialogue_is_accepted_by_its_own_rules():
    turns = [Turn(role, f"{role} {at}", at % 3 > 0) for at in range(4) for role in ("user", "assistant")]
    for mask in range(256):
        kept = tuple(turn for at, turn in enumerate(turns) if mask >> at & 1)
        rows = make_rows([Dialogue(kept)], 60).rows
        assert all(is_accepted(messages_of(row)) for row in rows)
    assert not is_accepted({"messages": []}) and not is_accepted([{"role": "user", "content": "seul"}])
    with pytest.raises(BadData):
        check_rows([[]], 1)


def test_a_line_is_a_bare_array_and_half_a_surrogate_pair_breaks_none():
    rows = make_rows([dialogue(("user", "\ud83d\u2028\n"), ("assistant", "😀"))], 99).rows
    (line,) = json_lines(rows).decode("utf-8").split("\n")[:-1]
    assert [message["content"] for message in json.loads(line)] == ["?\u2028\n", "😀"]


def test_few_dialogues_are_two_steps_the_last_one_backwards():
    """As nanochat itself did, of 110 dialogues in batches of 8 rows of 256 tokens, with 80 steps asked."""
    lengths, batches = [50] * 110, Batches(256, 8, 2048)
    steps = count_steps(lengths, batches)
    assert steps.count == 2 and steps.last < 0 and "dont le dernier à rebours" in steps_told(110, steps)
    asked = count_steps(lengths, batches, iterations=80)
    assert asked.count == 2 and asked.last == 1.0
    assert count_steps(lengths, batches, iterations=2) == Steps(1, 0.0)
    assert "sans effet" in steps_told(110, Steps(1, 0.0)) and "en avant" in steps_told(110, asked)
    assert count_steps(lengths, Batches()).count == 0 and "rien" in steps_told(110, Steps(0))


def test_batches_are_made_smaller_until_there_are_steps_enough():
    batches, steps = small_enough([50] * 6000, 256)
    assert batches.rows > 1 and steps.count >= 100
    assert small_enough([50] * 6, 256)[0].rows == 1


def test_there_is_something_to_learn_or_nothing_is_written(tmp_path):
    pytest.importorskip("pyarrow", reason="the bare install has no pyarrow")
    with pytest.raises(NothingToDo):
        Project(tmp_path).export("nanochat", agree=lambda question: True)


@pytest.fixture
def exported(work):
    pytest.importorskip("pyarrow", reason="the bare install has no pyarrow")
    readme, *files = Project(work.folder).export("nanochat", agree=lambda question: True).files
    return readme.parent, [readme, *files]


def test_the_folder_is_a_base_folder_of_nanochat(exported):
    import pyarrow.parquet

    folder, files = exported
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in files)
    lines = (folder / "identity_conversations.jsonl").read_text(encoding="utf-8")
    learnt = [json.loads(line) for line in lines.splitlines()]
    counts = {}
    for manifest in folder.rglob("manifest.json"):
        (shard,) = json.loads(manifest.read_text())
        counts[manifest.parent.relative_to(folder).as_posix()] = pyarrow.parquet.read_table(
            manifest.parent / shard
        )
    train = counts["task_data/HuggingFaceTB--smol-smoltalk/default/train"]["messages"].to_pylist()
    assert train == learnt and all(map(is_accepted, learnt)) and len(learnt) == 12
    assert len(counts["task_data/HuggingFaceTB--smol-smoltalk/default/test"]) == 4
    assert len(counts["task_data/cais--mmlu/all/test"]) == 5200
    assert len(counts["task_data/openai--gsm8k/main/test"]) == 420


def test_with_its_base_tokens_are_counted_and_batches_are_those_it_would_take(work, tmp_path):
    pytest.importorskip("pyarrow", reason="the bare install has no pyarrow")
    from tiny_nanochat import write_tiny

    batches = {"max_seq_len": 200, "device_batch_size": 1, "total_batch_size": 200}
    write_tiny(tmp_path / "base", source="base", meta=batches)
    jsonl.write(work.data / "train.jsonl", [dialogue(("user", "é" * 90), ("assistant", "ok"))] * 5)
    project = Project(work.folder)
    done = project.export("nanochat", base=str(tmp_path / "base"), agree=lambda question: True)
    readme = done.files[0].read_text("utf-8")
    assert "--max-seq-len=200" in readme and "comptés par le tokenizer de votre base" in readme
    assert "5 dialogues : 2 pas, dont le dernier à rebours" in done.steps[1]
    assert "rien n'est appris" in project.export("nanochat", agree=lambda question: True).steps[1]
    with pytest.raises(BadData, match="tokenizer"):
        project.export("nanochat", base=str(tmp_path), agree=lambda question: True)


def test_it_takes_the_place_of_its_own_and_of_nothing_else(exported, work):
    folder, _ = exported
    Project(work.folder).export("nanochat", agree=lambda question: True)
    (folder / "chatsft_checkpoints").mkdir()
    (folder / "chatsft_checkpoints" / "model_000002.pt").write_bytes(b"a night of learning")
    with pytest.raises(BadSettings, match="autre chose"):
        Project(work.folder).export("nanochat", agree=lambda question: True)


def test_nothing_is_written_without_an_agreement_and_what_leaves_is_said(work):
    pytest.importorskip("pyarrow", reason="the bare install has no pyarrow")
    said = []
    with pytest.raises(NothingToDo):
        Project(work.folder).export("nanochat", report=lambda event: said.append(event.text))
    assert "12 dialogues réels" in said[0] and not (work.out / "nanochat").exists()


def test_what_was_left_out_is_counted_and_not_quoted(work):
    pytest.importorskip("pyarrow", reason="the bare install has no pyarrow")
    long = Dialogue((Turn("user", "motsecret"), Turn("assistant", "x" * 3000)))
    jsonl.write(work.data / "train.jsonl", [long, Dialogue((Turn("user", "a"), Turn("assistant", "b")))])
    said = []
    Project(work.folder).export(
        "nanochat", report=lambda event: said.append(event.text), agree=lambda question: True
    )
    assert said[1] == "Laissé de côté : 1 échange de plus de 2048 octets ou jetons."
    jsonl.write(work.data / "train.jsonl", [long])
    with pytest.raises(NothingToDo, match="2048"):
        Project(work.folder).export("nanochat", agree=lambda question: True)
