"""An attacker has our code, data/ and all that was exported, but not private/: can they check a guess?

Every export is imported, prepared and packed. Then everything that the attacker could make again from a right
guess is looked for: the ids that our own readers give, and the digests of names, numbers and messages.
"""

import hashlib
import json
import re
import struct
import zipfile
from dataclasses import dataclass

import pytest
from specimens import SECRET, lay, specimens

from sosie.api import Project
from sosie.core.double import Double
from sosie.core.errors import NothingToDo, UnknownPerson
from sosie.core.settings import Prepare
from sosie.core.workspace import Workspace
from sosie.sources.base import BUILT_IN, read_export

ALL = [(form, number) for form in BUILT_IN for number in range(len(specimens(form)))]
FOR_STYLE_ONLY = (
    "chatgpt",
    "deepseek",
    "gemini",
    "claude",
    "lechat",
    "grok",
    "copilot",
    "tinder",
    "discord_package",
)  # no dialogue is made of them
PHONE = "06 39 98 12 47."  # as long as SECRET, so that a base or a mail stays whole
SPELT = ("06 39 98 12 47", "0639981247", "+33639981247", "33639981247", PHONE)
HASHES = ("md5", "sha1", "sha256", "sha512", "blake2s", "blake2b")
ENOUGH = 12  # hex digits of a digest that no chance makes again


@dataclass(frozen=True)
class Known:
    """What a right guess gives: the ids of our readers, and the strings that were guessed."""

    ids: frozenset[str]
    guesses: frozenset[str]
    people: tuple[str, ...]


def guess(path, form):
    ids, guesses, people = set(), set(SPELT), {}
    for thread in read_export(path, form):
        messages = list(thread.messages)
        people |= dict.fromkeys([thread.owner] * bool(thread.owner)) | dict.fromkeys(
            m.author for m in messages
        )
        ids |= {thread.id, *(m.id for m in messages), *(m.reply_to for m in messages if m.reply_to)}
        ids |= {sha(f"{thread.id}{between}{m.id}") for m in messages for between in ("\n", "\0", "/", "")}
        guesses |= {thread.title, thread.id, "\0".join(sorted({m.author for m in messages} - {""}))}
        for m in messages:
            at = m.at.isoformat(timespec="minutes") if m.at else ""
            guesses |= {m.author, m.text, m.id, f"{m.author}\0{m.text}", f"{at}\0{m.author}\0{m.text}"}
    return Known(frozenset(ids), frozenset(guesses - {""}), tuple(name for name in people if name))


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def digests(text):
    data = text.encode()
    yield hashlib.blake2b(data, digest_size=8).hexdigest()[:ENOUGH]
    yield hashlib.blake2b(data, digest_size=16).hexdigest()[:ENOUGH]
    yield from (hashlib.new(name, data).hexdigest()[:ENOUGH] for name in HASHES)


def prepared(workspace, path, form, people):
    """The dialogues of whoever has some; False where nobody has."""
    for me in people:
        try:
            Project(workspace.folder).import_([path], [me], form)
            Project(workspace.folder).prepare(Prepare(silence_minutes=30))
            return True
        except (NothingToDo, UnknownPerson):
            workspace.settings.unlink(missing_ok=True)
    return False


def add_double(workspace):
    folder = workspace.run("léa") / "double"
    folder.mkdir(parents=True)
    header = json.dumps({"a": {"dtype": "F16", "shape": [1], "data_offsets": [0, 2]}}).encode()
    (folder / "adapter_model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + b"\0\0")
    config = {"peft_type": "LORA", "r": 2, "base_model_name_or_path": "mini"}
    (folder / "adapter_config.json").write_text(json.dumps(config), encoding="utf-8")
    Double(base="mini", template="mini", data={"replies": 1}).write(folder)


def taken(workspace):
    """All that the attacker holds, byte for byte: data/, and what was exported, unpacked."""
    for path in (*workspace.data.iterdir(), *workspace.out.iterdir()):
        if path.suffix != ".zip":
            yield path.name, path.read_bytes()
            continue
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if not name.endswith(".whl"):
                    yield name, archive.read(name)


def leaves(value):
    """Every string and number that a record holds."""
    if isinstance(value, dict):
        value = list(value.values())
    return {str(value)} if not isinstance(value, list) else set().union(*map(leaves, value))


def origins(files):
    return [
        json.loads(line)["sosie"]
        for name, text in files
        if name.endswith("jsonl")
        for line in text.splitlines()
    ]


@pytest.mark.parametrize("form, number", ALL)
def test_no_guess_can_be_checked_without_the_salt(form, number, tmp_path):
    whole = {
        name: data.replace(SECRET.encode(), PHONE.encode()) for name, data in specimens(form)[number].items()
    }
    path, workspace = lay(whole, tmp_path / "export"), Workspace(tmp_path / "moi")
    known = guess(path, form)
    assert any(PHONE in text for text in known.guesses)
    if not prepared(workspace, path, form, known.people):
        assert form in FOR_STYLE_ONLY and not workspace.data.exists()
        return
    add_double(workspace)
    Project(workspace.folder).export("colab", model="mini")
    Project(workspace.folder).export("bundle")
    files = list(taken(workspace))
    needles = {id_ for id_ in known.ids if len(id_) >= ENOUGH} | {
        d for g in known.guesses for d in digests(g)
    }
    salt = json.loads((workspace.private / "pseudonyms.json").read_text("utf-8"))["salt"]
    for name, text in files:
        found = [needle for needle in (*needles, salt) if needle.encode() in text]
        assert not found, f"{name} holds what a guess gives: {found[:3]}"
    told = origins(files)
    assert told and not leaves(told) & (known.ids | set(known.people))
    for origin in told:
        ids = {origin["id"], origin["conversation"], *leaves(origin.get("replies", []))}
        assert all(re.fullmatch("[0-9a-f]{16}", id_) for id_ in ids)


def test_what_is_exported_tells_the_day_and_no_message(tmp_path):
    path, workspace = lay(specimens("telegram")[0], tmp_path / "export"), Workspace(tmp_path / "moi")
    assert prepared(workspace, path, "telegram", guess(path, "telegram").people)
    (kept,) = origins([(path.name, path.read_bytes()) for path in [workspace.data / "train.jsonl"]])
    files = Project(workspace.folder).export("colab", model="mini").files
    with zipfile.ZipFile(files[0]) as valise:
        (told,) = origins([("x.jsonl", valise.read("data/train.jsonl"))])
    assert "T" in kept["first"] and kept["replies"]
    day = {name: kept[name][:10] for name in ("first", "last")}
    assert told == {name: value for name, value in kept.items() if name != "replies"} | day


def test_the_old_form_is_rewritten_and_told_once(tmp_path):
    path, workspace = lay(specimens("telegram")[0], tmp_path / "export"), Workspace(tmp_path / "moi")
    assert prepared(workspace, path, "telegram", guess(path, "telegram").people)
    learn = workspace.data / "train.jsonl"
    learn.write_bytes(learn.read_bytes().replace(b'"sosie": {"format": 2,', b'"sosie": {"format": 1,'))
    for expected in (1, 0):
        heard = []
        Project(workspace.folder).prepare(report=heard.append)
        assert sum("valises" in event.text for event in heard if event.kind == "warning") == expected
        assert {origin["format"] for origin in origins([(learn.name, learn.read_bytes())])} == {2}
