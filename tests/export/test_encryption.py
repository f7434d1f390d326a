"""A sealed valise: nobody reads it without the phrase, which is never an argument."""

import tempfile
import zipfile

import pytest

from sosie.api import Project
from sosie.cli.main import _run
from sosie.core.errors import BadData, BadSettings
from sosie.core.workspace import Workspace
from sosie.export import encryption

PHRASE = "un été près du lac"


@pytest.fixture(autouse=True)
def cheap(monkeypatch):
    """The cost of a guess is for attackers, not for tests."""
    monkeypatch.setattr(encryption, "COST", 1 << 4)


def test_what_is_sealed_comes_back_with_its_phrase_only():
    sealed = encryption.encrypt(b"bonjour", PHRASE)
    assert b"bonjour" not in sealed and sealed != encryption.encrypt(b"bonjour", PHRASE)
    assert encryption.decrypt(sealed, PHRASE) == b"bonjour"
    assert encryption.decrypt(sealed, PHRASE.replace("é", "e\u0301")) == b"bonjour"  # as a Mac types it
    with pytest.raises(BadData, match="phrase secrète"):
        encryption.decrypt(sealed, PHRASE.upper())


@pytest.mark.parametrize("place", [0, 9, 30, 40, -1])
def test_a_changed_byte_is_seen_wherever_it_is(place):
    sealed = bytearray(encryption.encrypt(b"bonjour", PHRASE))
    sealed[place] ^= 1
    with pytest.raises(BadData):
        encryption.decrypt(bytes(sealed), PHRASE)


def test_a_seal_cut_short_is_a_sentence():
    sealed = encryption.encrypt(b"bonjour", PHRASE)
    for length in (0, 8, 20, 36, len(sealed) - 1):
        with pytest.raises(BadData):
            encryption.decrypt(sealed[:length], PHRASE)


def test_a_short_phrase_is_refused():
    with pytest.raises(BadSettings):
        encryption.encrypt(b"bonjour", "abc")


def test_a_sealed_valise_shows_no_dialogue_and_opens_with_its_phrase(work, tmp_path, capsys, monkeypatch):
    phrase = tmp_path / "phrase.txt"
    phrase.write_text(f"{PHRASE}\n", encoding="utf-8")
    words = ["export", "colab", "--passphrase-file", str(phrase), "--folder", str(work.folder)]
    assert _run(words) == 0
    valise = work.out / "valise.zip"
    assert b"genre" not in outside(valise) and PHRASE.encode() not in valise.read_bytes()
    assert "[train,seal]" in (work.out / "sosie_colab.ipynb").read_text("utf-8")
    assert "scellée par votre phrase" in capsys.readouterr().out.replace("\n", " ")
    there = str(tmp_path / "là-bas")
    assert _run(["unpack", str(valise), "--folder", there]) == 3  # nobody is there to type
    assert "SOSIE_PASSPHRASE" in capsys.readouterr().err
    monkeypatch.setenv("SOSIE_PASSPHRASE", PHRASE)
    assert _run(["unpack", str(valise), "--folder", there]) == 0
    assert _run(["export", "colab", "--to", str(tmp_path / "encore"), "--folder", str(work.folder)]) == 0
    assert b"genre" not in outside(tmp_path / "encore" / "valise.zip")  # the variable is enough
    assert (Workspace(tmp_path / "là-bas").data / "train.jsonl").is_file()


def test_dialogues_are_sealed_and_unsealed_without_a_temporary_file(work, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nulle-part"))  # whatever wants one, fails
    Project(work.folder).export("colab", passphrase=PHRASE)
    there = Workspace(tmp_path / "là-bas")
    assert Project(there.folder).unpack(work.out / "valise.zip", PHRASE) == 12
    assert not list(there.folder.rglob("*.part*"))


def outside(path):
    """Everything that a thief reads of it, but sosie's own code."""
    with zipfile.ZipFile(path) as zipped:
        return b"".join(zipped.read(name) for name in zipped.namelist() if not name.endswith(".whl"))


def test_a_sealed_valise_with_another_phrase_writes_nothing(work, tmp_path):
    Project(work.folder).export("colab", passphrase=PHRASE)
    there = Workspace(tmp_path / "là-bas")
    for phrase in ("", "une autre phrase"):
        with pytest.raises((BadData, BadSettings)):
            Project(there.folder).unpack(work.out / "valise.zip", phrase)
    assert not there.folder.exists()
