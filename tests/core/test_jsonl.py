"""Any OpenAI `messages` file is read; what cannot be used is told by its line."""

import json
from datetime import UTC, datetime

import pytest

from sosie.core import jsonl
from sosie.core.dialogue import Dialogue, Origin, Turn
from sosie.core.errors import BadData


def lines(tmp_path, *records):
    path = tmp_path / "data.jsonl"
    text = "\n".join(record if isinstance(record, str) else json.dumps(record) for record in records)
    path.write_text(text, encoding="utf-8")
    return path


def message(role, content):
    return {"role": role, "content": content}


def test_a_tutorial_line_is_read_as_it_is(tmp_path):
    path = lines(
        tmp_path,
        "\ufeff" + json.dumps({"messages": [message("user", "ça va ?"), message("assistant", "oui")]}),
        "",
        {
            "messages": [
                message("system", "Sois bref."),
                message("user", "tu viens ?"),
                message("assistant", "oui"),
            ]
        },
    )
    first, second = jsonl.read(path)
    assert first.turns == (Turn("user", "ça va ?"), Turn("assistant", "oui"))
    assert second.turns[0] == Turn("system", "Sois bref.")


def test_turns_in_a_row_become_one_and_a_missing_answer_is_cut(tmp_path):
    path = lines(
        tmp_path,
        {
            "id": 3,
            "messages": [
                message("user", "tu viens ?"),
                message("assistant", "oui"),
                message("assistant", [{"type": "text", "text": "dans 10 min"}]),
                message("user", "ok"),
            ],
        },
    )
    (dialogue,) = jsonl.read(path)
    assert dialogue.turns == (Turn("user", "tu viens ?"), Turn("assistant", "oui\ndans 10 min"))


def test_each_unusable_line_is_told_by_its_number(tmp_path):
    good = {"messages": [message("user", "a"), message("assistant", "b")]}
    path = lines(tmp_path, good, "{broken", {"texte": "x"}, {"messages": [message("user", "seul")]}, good)
    complaints = []
    assert len(list(jsonl.read(path, lambda line, reason: complaints.append(line)))) == 2
    assert complaints == [2, 3, 4]


def test_copies_are_counted_and_kept(tmp_path):
    yes, no = ({"messages": [message("user", "a"), message("assistant", said)]} for said in ("oui", "non"))
    heard = []
    assert len(jsonl.read_told(lines(tmp_path, yes, no, yes, yes), heard.append)) == 4
    (event,) = heard
    assert event.text == "data.jsonl : 2 dialogues sur 4 en répètent un autre mot pour mot."


def test_a_file_that_is_not_text_is_one_sentence(tmp_path):
    path = tmp_path / "photo.jsonl"
    path.write_bytes(b"\xff\xfe\x00\xd8")
    with pytest.raises(BadData, match="UTF-8"):
        list(jsonl.read(path))


def test_what_is_written_is_read_back(tmp_path):
    origin = Origin(
        id="d1",
        source="whatsapp",
        conversation="c1",
        correspondents=("[AMI_1]",),
        first=datetime(2025, 1, 2, 3, 4, tzinfo=UTC),
        last=datetime(2025, 1, 2, 3, 9, tzinfo=UTC),
        zone_known=True,
        replies=(("m2", "m3"),),
    )
    dialogue = Dialogue((Turn("user", "tu viens ?"), Turn("assistant", "oui\ndans 10 min 👩‍👩‍👧")), origin)
    path = tmp_path / "data" / "train.jsonl"
    assert jsonl.write(path, [dialogue]) == 1
    assert list(jsonl.read(path)) == [dialogue]
    record = json.loads(path.read_text(encoding="utf-8"))
    assert record["sosie"]["format"] == 2
    assert record["sosie"]["generated"] is False


@pytest.mark.parametrize("told", [{"format": 1}, {}, {"format": "2"}])
def test_ids_that_are_not_known_to_be_salted_are_forgotten(tmp_path, told):
    sosie = {
        **told,
        "id": "d1",
        "source": "sms",
        "conversation": "sms-06",
        "replies": [["m1"]],
        "group": True,
    }
    path = lines(tmp_path, {"messages": [message("user", "a"), message("assistant", "b")], "sosie": sosie})
    (dialogue,) = jsonl.read(path)
    assert dialogue.origin == Origin(source="sms", group=True)
    assert jsonl.has_old_ids(path) is (told == {"format": 1})
    jsonl.write(path, [dialogue])
    assert not jsonl.has_old_ids(path) and not jsonl.has_old_ids(tmp_path / "absent.jsonl")


def test_words_that_look_like_the_old_form_are_words(tmp_path):
    path = tmp_path / "train.jsonl"
    jsonl.write(path, [Dialogue((Turn("user", '"sosie": {"format": 1,'), Turn("assistant", "b")))])
    assert not jsonl.has_old_ids(path)


def test_a_write_that_fails_leaves_what_was_there(tmp_path):
    path = tmp_path / "train.jsonl"
    path.write_text("avant", encoding="utf-8")

    def broken():
        yield Dialogue((Turn("user", "a"), Turn("assistant", "b")))
        raise RuntimeError

    with pytest.raises(RuntimeError):
        jsonl.write(path, broken())
    assert path.read_text(encoding="utf-8") == "avant"
    assert [file.name for file in tmp_path.iterdir()] == ["train.jsonl"]


def read_told(tmp_path, *messages):
    """(the turns of each dialogue made of one line, what was told of it)"""
    told = []
    path = lines(tmp_path, {"messages": [*messages]})
    return [d.turns for d in jsonl.read(path, lambda line, reason: told.append(reason))], told


@pytest.mark.parametrize("mark", [{"weight": 0}, {"weight": 0.0}, {"train": False}])
def test_an_answer_marked_so_is_context_and_stays_so_in_our_own_files(tmp_path, mark):
    path = lines(
        tmp_path,
        {
            "messages": [
                message("user", "a"),
                {**message("assistant", "mauvais"), **mark},
                message("user", "b"),
                {**message("assistant", "bon"), "weight": 1, "train": True},
            ]
        },
    )
    (dialogue,) = jsonl.read(path)
    assert [turn.learnt for turn in dialogue.turns] == [True, False, True, True]
    jsonl.write(tmp_path / "data.jsonl", [dialogue])
    assert list(jsonl.read(tmp_path / "data.jsonl")) == [dialogue]


def test_a_dialogue_of_answers_that_are_only_context_teaches_nothing(tmp_path):
    asked, bad = message("user", "a"), {**message("assistant", "b"), "weight": 0}
    assert read_told(tmp_path, asked, bad) == ([], ["aucune réponse à apprendre ; laissée de côté"])


@pytest.mark.parametrize(
    ("unread", "why"),
    [
        (message("tool", "12"), "un message d'outil"),
        (message("narrateur", "plus tard"), "un rôle inconnu"),
        (message("user", " "), "un message sans texte"),
        (message("user", 42), "un message sans texte"),
        ("oups", "un message n'est pas un objet"),
    ],
)
def test_a_turn_that_cannot_be_read_cuts_the_dialogue_and_glues_nobody(tmp_path, unread, why):
    before = [message("system", "Sois bref."), message("user", "a"), message("assistant", "b")]
    after = [message("assistant", "c"), message("user", "d"), message("assistant", "e")]
    system = Turn("system", "Sois bref.")
    assert read_told(tmp_path, *before, unread, *after) == (
        [
            (system, Turn("user", "a"), Turn("assistant", "b")),
            (system, Turn("user", "d"), Turn("assistant", "e")),
        ],
        [f"{why} ; le dialogue est coupé là"],
    )


def test_an_empty_system_text_is_none(tmp_path):
    made, told = read_told(tmp_path, message("system", ""), message("user", "a"), message("assistant", "b"))
    assert made == [(Turn("user", "a"), Turn("assistant", "b"))] and not told


def test_a_system_text_that_is_not_first_is_put_there_and_told(tmp_path):
    words = [message("user", "a"), message("system", "Sois bref."), message("assistant", "b")]
    assert read_told(tmp_path, *words, message("developer", "Tutoie."), *words[::2]) == (
        [
            (
                Turn("system", "Sois bref.\n\nTutoie."),
                *(Turn("user", "a"), Turn("assistant", "b"), Turn("user", "a"), Turn("assistant", "b")),
            )
        ],
        ["une consigne n'était pas en tête ; elle y est mise"],
    )


PAIR = {"messages": [message("User", "a"), message("ASSISTANT", "b")]}


@pytest.mark.parametrize("indent", [None, 2])
def test_one_array_is_read_and_its_lines_are_counted(tmp_path, indent):
    path = tmp_path / "data.json"
    path.write_text("\n" + json.dumps([PAIR, {"texte": "x"}, PAIR], indent=indent), encoding="utf-8")
    told = []
    made = list(jsonl.read(path, lambda line, reason: told.append(line)))
    assert [d.turns for d in made] == [(Turn("user", "a"), Turn("assistant", "b"))] * 2
    assert told == [2 if indent is None else 15]


def test_an_object_on_many_lines_is_a_dialogue_and_a_first_line_that_is_none_stops_nothing(tmp_path):
    path = tmp_path / "data.json"
    path.write_text(json.dumps(PAIR, indent=1), encoding="utf-8")
    assert len(list(jsonl.read(path))) == 1
    assert len(list(jsonl.read(lines(tmp_path, "null", "[]", PAIR, PAIR)))) == 2


@pytest.mark.parametrize(
    "record",
    [
        {"prompt": "a", "completion": "b"},
        {"prompt": PAIR["messages"][:1], "completion": PAIR["messages"][1:]},
    ],
)
def test_a_prompt_and_its_completion_are_a_dialogue(tmp_path, record):
    (made,) = jsonl.read(lines(tmp_path, record))
    assert made.turns == (Turn("user", "a"), Turn("assistant", "b"))


@pytest.mark.parametrize(
    ("record", "name"),
    [
        ({"conversations": [{"from": "human", "value": "a"}]}, "ShareGPT"),
        ({"instruction": "a", "output": "b"}, "Alpaca"),
    ],
)
def test_another_format_is_named_with_the_verb_that_reads_it(tmp_path, record, name):
    with pytest.raises(BadData, match=f"{name}, que « sosie import » lit") as caught:
        jsonl.read_told(lines(tmp_path, record, record), lambda event: None)
    assert "sosie import" in caught.value.mend


@pytest.mark.parametrize(
    "bad",
    [{"first": "hier"}, {"first": 5}, {"replies": [1]}, {"replies": "ab"}, {"correspondents": 3}, {"id": {}}],
)
def test_a_bad_origin_costs_its_line_only_its_origin(tmp_path, bad):
    told = []
    path = lines(tmp_path, {**PAIR, "sosie": {"format": 2, "source": "sms", **bad}}, PAIR)
    made = list(jsonl.read(path, lambda line, reason: told.append((line, reason))))
    assert [d.origin for d in made] == [Origin(), Origin()]
    assert told == [(1, "son origine (« sosie ») est abîmée ; le dialogue est lu sans elle")]


@pytest.mark.parametrize("place", [0, 1])
def test_deep_nesting_costs_its_line_alone(tmp_path, place):
    told = []
    records = [PAIR, PAIR]
    records.insert(place, "[" * 200_000 + "]" * 200_000)
    made = list(jsonl.read(lines(tmp_path, *records), lambda line, reason: told.append((line, reason))))
    assert len(made) == 2 and told == [(place + 1, "du JSON trop imbriqué ; laissée de côté")]
