"""A double in one file: what is in it, and what its reader refuses."""

import json
import stat
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from planted import ADAPTER, CONFIG, SECRET, safetensors

from sosie.api import Project
from sosie.cli.main import _run
from sosie.core import checked_zip
from sosie.core.digests import sha256_of
from sosie.core.double import Double
from sosie.core.errors import BadData, NothingToDo, SosieError, UnsafeArchive
from sosie.core.workspace import whole
from sosie.export.base import EXPORTERS, Exported
from sosie.models import double_zip
from sosie.models.doubles import double_at, need_double


@pytest.fixture
def packed(work, double):
    (path,) = Project(work.folder).export("bundle").files
    return path


def files(path):
    with zipfile.ZipFile(path) as zipped:
        return {name: zipped.read(name) for name in zipped.namelist()}


def test_a_double_that_another_process_unpacked_meanwhile_is_left_to_who_reads_it(packed):
    folder = double_zip.place_of(packed)
    with double_zip.unpacking(folder, "double/double.json") as draft:
        (draft / "double").mkdir()
        (draft / "double" / "double.json").touch()
        read = double_zip.read(packed)
    assert double_zip.read(packed) == read and not list(folder.parent.glob(".part-*"))


def test_only_what_is_foreseen_leaves(packed):
    names = {"double.json", "adapter_model.safetensors", "adapter_config.json", "tokenizer.json"}
    assert set(files(packed)) == {
        "LISEZMOI.txt",
        "SHA256SUMS",
        "certificat.json",
        *(f"double/{name}" for name in names),
    }
    assert SECRET.encode() not in packed.read_bytes()
    assert stat.S_IMODE(packed.stat().st_mode) == 0o600


def test_the_page_says_what_it_is_and_how_to_open_it(packed):
    page = files(packed)["LISEZMOI.txt"].decode()
    assert packed.name == "sosie-léa.zip"
    for words in (
        'sosie chat --double "sosie-léa.zip"',
        "sosie-mini",
        "MIT",
        "12 réponses",
        "Ne le partagez pas",
    ):
        assert words in page


def test_the_same_double_gives_the_same_bytes(work, packed, tmp_path):
    (again,) = Project(work.folder).export("bundle", double="léa", to=tmp_path / "ailleurs").files
    assert again.read_bytes() == packed.read_bytes()


def test_a_bundle_is_the_double_it_was_made_of(packed, double, cache):
    opened = double_at(packed)
    assert opened == double
    assert (opened.folder / "adapter_model.safetensors").read_bytes() == ADAPTER
    assert opened.folder.parent.name == "sosie-léa"
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700


def test_a_bundle_is_opened_once(packed):
    first = double_zip.read(packed).folder
    (first / "témoin").touch()
    assert double_zip.read(packed).folder == first and (first / "témoin").exists()


def test_a_bundle_can_be_measured_and_bundled_again(work, packed, tmp_path):
    assert need_double(work, str(packed)).portrait == "Tu es Léa."
    (again,) = Project(work.folder).export("bundle", double=str(packed), to=tmp_path / "encore").files
    assert again.name == packed.name and files(again) == files(packed)


def test_a_bundle_unpacked_and_packed_again_opens(packed, double, tmp_path):
    path = tmp_path / "refait.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("double/", b"")
        for name, content in files(packed).items():
            zipped.writestr(name, content)
    assert double_zip.read(path) == double


def test_a_base_of_this_machine_is_named_without_its_path(work, double, tmp_path):
    told = json.loads((double.folder / "double.json").read_text("utf-8")) | {"base": "/home/léa/mon modèle"}
    (double.folder / "double.json").write_text(json.dumps(told), encoding="utf-8")
    heard = []
    (path,) = Project(work.folder).export("bundle", report=lambda event: heard.append(event.text)).files
    assert b"/home" not in path.read_bytes() and "mon modèle" in heard[0]
    assert double_zip.read(path).base == "mon modèle"


def repacked(packed, path, **changes):
    """The bundle with members replaced (None: left out) and honest sums."""
    kept = {name: content for name, content in files(packed).items() if name != "SHA256SUMS"}
    kept |= {f"double/{name}": content for name, content in changes.items()}
    checked_zip.write(path, {name: content for name, content in kept.items() if content is not None})
    return path


def manifest(**values):
    """A double.json of the right form, but for these values."""
    told = {
        "format": 1,
        "base": "mini",
        "template": "mini",
        "sampling": {},
        "adapter_sha256": sha256_of(ADAPTER),
    }
    return json.dumps(told | values).encode()


LIES = {
    "no adapter": {"adapter_model.safetensors": None},
    "another adapter": {"adapter_model.safetensors": safetensors({"a": ("F16", [1], b"\1\1")})},
    "a pickle under that name": {"adapter_model.safetensors": b"\x80\x04cos\nsystem\n."},
    "a header that never ends": {"adapter_model.safetensors": b"\xff" * 8 + b"{}"},
    "bytes after the numbers": {"adapter_model.safetensors": ADAPTER + b"MZ"},
    "tensors over one another": {
        "adapter_model.safetensors": ADAPTER.replace(b"[12, 20]", b"[00, 08]").replace(
            b"[00, 08]", b"[ 4, 12]"
        )
    },
    "an unknown kind of number": {"adapter_model.safetensors": ADAPTER.replace(b"F16", b"OBJ")},
    "a negative size": {"adapter_model.safetensors": ADAPTER.replace(b"[2, 3]", b"[-2,3]")},
    "no LoRA": {"adapter_config.json": json.dumps(CONFIG | {"peft_type": "IA3"}).encode()},
    "a module to import": {
        "adapter_config.json": json.dumps(CONFIG | {"megatron_config": {"a": 1}}).encode()
    },
    "a config that is a list": {"adapter_config.json": b"[]"},
    "a config too deep": {"adapter_config.json": b"[" * 100_000},
    "no manifest": {"double.json": None},
    "a manifest of another version": {"double.json": manifest(format=9)},
    "a base that is a number": {"double.json": manifest(base=3)},
    "a temperature that is a word": {"double.json": manifest(sampling={"temperature": "chaud"})},
    "a floor above the likeliest word": {"double.json": manifest(sampling={"min_p": 2.0})},
    "a base in no bits": {"double.json": manifest(bits="quatre")},
    "another sum than its adapter's": {"double.json": manifest(adapter_sha256="0" * 64)},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_bundle_that_lies_is_refused(lie, packed, tmp_path, cache):
    path = repacked(packed, tmp_path / "forgé.zip", **LIES[lie])
    with pytest.raises(BadData) as caught:
        double_zip.read(path)
    assert caught.value.message.endswith(".") and caught.value.mend
    assert not [p for p in cache.rglob("*") if p.is_file()]


def zipped(path, entries, sums=True):
    """A zip of ZipInfo or names -> content, each in its own honest SHA256SUMS."""
    lines = [f"{sha256_of(content)}  {getattr(name, 'filename', name)}" for name, content in entries]
    with zipfile.ZipFile(path, "w") as out:
        for name, content in [*entries, *([("SHA256SUMS", "\n".join(lines).encode())] if sums else [])]:
            out.writestr(name, content)
    return path


def link(name):
    info = zipfile.ZipInfo(name)
    info.external_attr = 0o120777 << 16
    return info


UNSAFE = {
    "a file outside": [("../double.json", b"{}")],
    "a file at the root": [("/etc/passwd", b"x")],
    "a link": [(link("double/tokenizer.json"), b"/etc/passwd")],
    "a pickle": [("double/adapter_model.bin", b"\x80\x04.")],
    "code": [("double/modeling_mini.py", b"import os")],
    "a folder under a known name": [("double/tokenizer.json/x", b"{}")],
    "a zip in the zip": [("double/autre.zip", b"PK")],
}


@pytest.mark.parametrize("name", UNSAFE)
def test_an_unsafe_zip_is_refused(name, tmp_path, cache):
    with pytest.raises(UnsafeArchive):
        double_zip.read(zipped(tmp_path / "piège.zip", UNSAFE[name]))
    assert not [p for p in cache.rglob("*") if p.is_file()]


def test_a_file_larger_than_foreseen_is_refused_whatever_it_announces(packed, tmp_path, monkeypatch):
    most = {**double_zip.LIMITS, "double/tokenizer\\.json": 1}
    monkeypatch.setattr(double_zip, "LIMITS", most)
    with pytest.raises(UnsafeArchive):
        double_zip.read(packed)
    path = tmp_path / "menteur.zip"
    data = bytearray(packed.read_bytes())
    start = data.rindex(b"PK\1\2", 0, data.rindex(b"double/tokenizer.json"))
    data[start + 24 : start + 28] = b"\1\0\0\0"  # the size announced
    path.write_bytes(data)
    with pytest.raises(SosieError):
        double_zip.read(path)


def test_a_bomb_is_refused_before_anything_is_inflated(tmp_path, cache):
    path = tmp_path / "bombe.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("double/adapter_model.safetensors", b"\0" * (80 << 20))
    with pytest.raises(UnsafeArchive, match="démesurée"):
        double_zip.read(path)
    assert not [p for p in cache.rglob("*") if p.is_file()]


def test_a_zip_that_sosie_did_not_make_is_refused(tmp_path):
    with pytest.raises(BadData):
        double_zip.read(zipped(tmp_path / "sans.zip", [("double/double.json", b"{}")], sums=False))
    (tmp_path / "faux.zip").write_bytes(b"PK\3\4 rien")
    with pytest.raises(BadData):
        double_zip.read(tmp_path / "faux.zip")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 10_000), value=st.integers(0, 255), cut=st.booleans())
def test_a_damaged_bundle_opens_as_it_was_or_not_at_all(place, value, cut, packed, double, tmp_path):
    data = bytearray(packed.read_bytes())
    place %= len(data)
    if cut:
        del data[place:]
    else:
        data[place] = value
    path = tmp_path / "abîmé.zip"
    path.write_bytes(data)
    try:
        assert double_zip.read(path) == double
    except SosieError as error:
        assert error.mend


@pytest.mark.parametrize("value", [0, 1, 255])
def test_a_list_of_members_that_lies_is_refused(value, packed, double, tmp_path):
    """A name said to be empty, a member said to begin before the file does: each byte of the last entry."""
    data = packed.read_bytes()
    for place in range(data.rindex(b"PK\1\2"), len(data)):
        path = tmp_path / "abîmé.zip"
        path.write_bytes(data[:place] + bytes([value]) + data[place + 1 :])
        try:
            assert double_zip.read(path) == double
        except SosieError as error:
            assert error.mend


def test_no_double_yet_is_a_sentence(tmp_path, capsys):
    assert _run(["export", "bundle", "--folder", str(tmp_path), "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["error"]["kind"] == NothingToDo.__name__
    assert _run(["export", "bundle", "--double", "rien", "--folder", str(tmp_path)]) == 3
    assert "Il n'y a pas de double" in capsys.readouterr().err


def test_an_unknown_kind_names_the_nearest_and_lists_them(tmp_path, capsys):
    assert _run(["export", "bundel", "--folder", str(tmp_path)]) == 3
    told = capsys.readouterr().err
    assert "« bundle »" in told and "bundle, cluster" in told


def test_a_bundle_is_never_said_to_be_sealed(work, double, capsys):
    assert _run(["export", "bundle", "--seal", "--folder", str(work.folder)]) == 3
    assert "n'est pas scellé" in capsys.readouterr().err and not work.out.exists()


def test_the_json_holds_each_file_with_its_sum(work, double, capsys):
    assert _run(["export", "bundle", "--double", "léa", "--folder", str(work.folder), "--json"]) == 0
    (file,) = json.loads(capsys.readouterr().out)["files"]
    assert set(file) == {"path", "bytes", "sha256"}
    assert Double.read(double_zip.read(work.out / "sosie-léa.zip").folder).base == "mini"


def slow(order, folder, report):
    """An exporter that another export overtakes while its draft is there."""
    with whole(folder / "lent.txt"):
        Project(order.workspace.folder).export("bundle")
    return Exported((folder / "lent.txt",))


def test_an_export_into_a_new_folder_leaves_another_s_draft_alone(work, double, monkeypatch):
    monkeypatch.setitem(EXPORTERS._targets, "slow", f"{__name__}:slow")
    assert Project(work.folder).export("slow").files[0].is_file()
    assert (work.out / "sosie-léa.zip").is_file()


def test_an_export_that_fails_leaves_no_folder(work):
    with pytest.raises(NothingToDo):
        Project(work.folder).export("bundle")
    assert not work.out.exists()
