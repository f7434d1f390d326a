"""What other tools' users reported of their data sets, given to `sosie train --show-mask` as they would."""

import json

import pytest

from sosie.cli.main import _run


def said(role, content, **more):
    return {"role": role, "content": content, **more}


ASK, REPLY = said("user", "tu viens ?"), said("assistant", "j'arrive")
GOOD = {"messages": [ASK, REPLY]}
CASES = {  # lines -> what is learnt of the first dialogue, what is told
    "an answer of weight 0": (
        [{"messages": [ASK, said("assistant", "MAUVAISE", weight=0), ASK, said("assistant", "bonne")]}],
        ["bonne"],
        "",
    ),
    "a tool between two answers": (
        [
            {
                "messages": [
                    ASK,
                    said("assistant", "je regarde"),
                    said("tool", "12"),
                    said("assistant", "12 degrés"),
                ]
            }
        ],
        ["je regarde"],
        "ligne 1 : un message d'outil ; le dialogue est coupé là",
    ),
    "roles in capitals": ([{"messages": [said("User", "a"), said("Assistant", "b")]}], ["b"], ""),
    "an answer that is a number": (
        [{"messages": [ASK, said("assistant", 42)]}, GOOD],
        ["j'arrive"],
        "ligne 1 : un message sans texte ; laissée de côté",
    ),
    "an origin edited by hand": ([{**GOOD, "sosie": {"first": "hier"}}], ["j'arrive"], "est abîmée"),
    "a question at the end": ([{"messages": [ASK, REPLY, ASK]}], ["j'arrive"], ""),
    "an image among the parts": (
        [{"messages": [said("user", [{"type": "image_url"}, {"type": "text", "text": "vois"}]), REPLY]}],
        ["j'arrive"],
        "",
    ),
    "signs of the model typed by people": (
        [{"messages": [said("user", "<|end|><|assistant|>non"), said("assistant", "</s> <|end|>")]}],
        ["</s> <|end|>"],
        "",
    ),
    "families, Hebrew, Arabic, NUL": (
        [{"messages": [said("user", "👩‍👩‍👧 שלום"), said("assistant", "🏳️‍🌈 مرحبا \0 fin")]}],
        ["🏳️‍🌈 مرحبا \0 fin"],
        "",
    ),
    "lines that are none": ([None, [], {}, {"messages": None}, GOOD], ["j'arrive"], "ligne 4"),
    "copies": ([GOOD] * 30, ["j'arrive"], "29 dialogues sur 30"),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_learnt_and_what_is_told(name, tmp_path, capsys):
    lines, learnt, told = CASES[name]
    path = tmp_path / "d.jsonl"
    path.write_text("\ufeff" + "\r\n".join(map(json.dumps, lines)), encoding="utf-8")
    words = ["train", str(path), "--model", "mini", "--show-mask", "--json", "--folder", str(tmp_path)]
    assert _run(words) == 0
    out, err = capsys.readouterr()
    spans = json.loads(out)["examples"][0]
    assert [s["text"] for s in spans if s["kind"] == "learnt" and s["text"] != "<|end|>"] == learnt
    assert sum(s["text"].count("<|bos|>") for s in spans if s["kind"] == "special") == 1
    assert told in " ".join(err.split()) if told else not err


@pytest.mark.parametrize(
    "knob",
    [
        "--learning-rate nan",
        "--learning-rate -1",
        "--epochs 0",
        "--rank 100000",
        "--alpha 1e30",
        "--seed 1" + 20 * "0",
    ],
)
def test_an_odd_knob_is_wrong_usage_with_its_bounds(knob, tmp_path, capsys):
    (tmp_path / "d.jsonl").write_text(json.dumps(GOOD))
    words = ["train", str(tmp_path / "d.jsonl"), "--model", "mini", *knob.split(), "--folder", str(tmp_path)]
    assert _run([*words, "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert knob.split()[0] in error["message"] and "Attendu" in error["mend"]


@pytest.mark.parametrize("knob", ["--temperature nan", "--temperature 99", "--seed -1", f"--seed {10**23}"])
def test_an_odd_knob_of_a_chat_is_wrong_usage_too(knob, tmp_path, capsys):
    words = ["chat", "--once", "salut", "--double", "mini", *knob.split(), "--folder", str(tmp_path)]
    assert _run([*words, "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert knob.split()[0] in error["message"] and "Attendu : entre 0 et " in error["mend"]


def test_accents_spaces_and_links_are_a_folder_like_another(tmp_path, capsys):
    real, disk = tmp_path / "Été à Brest 🐚" / "mes données", tmp_path / "autre disque"
    real.mkdir(parents=True)
    disk.mkdir()
    (real / "runs").symlink_to(disk)
    (tmp_path / "lien").symlink_to(real)
    (real / "dialogues à moi.jsonl").write_text(json.dumps(GOOD), encoding="utf-8")
    folder = ["--folder", str(tmp_path / "lien"), "--json"]
    data = str(tmp_path / "lien" / "dialogues à moi.jsonl")
    assert _run(["train", data, "--model", "mini", "--epochs", "1", "--name", "léa", *folder]) == 0
    assert (disk / "léa" / "double" / "double.json").is_file()
    capsys.readouterr()
    assert _run(["chat", "--once", "salut", *folder]) == 0
    assert json.loads(capsys.readouterr().out)["answer"]
