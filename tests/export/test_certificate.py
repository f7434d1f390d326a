"""The certificate of an export, and `sosie verify`, which says whether anything was touched since."""

import json
import shutil
from hashlib import sha256

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sosie.api import Project
from sosie.arena.votes import Vote, Votes
from sosie.cli.main import _run
from sosie.core.errors import BadData
from sosie.core.workspace import Workspace
from sosie.export.certificate import canonical, sign, written
from sosie.export.verify import verify
from sosie.models.double_zip import CERTIFICATE

SCORES = {
    "double": "léa",
    "likeness": {
        "value": 74.0,
        "low": 67.0,
        "high": 83.0,
        "n": 150,
        "others": 5,
        "warnings": ["motplanté"],
        "base": {"value": 25.0, "low": 16.0, "high": 33.0, "n": 138, "others": 5},
    },
    "memorisation": {
        "value": 0.0,
        "low": 0.0,
        "high": 1.0,
        "n": 120,
        "gate": "green",
        "copied": ["motplanté"],
    },
    "leaks": {"value": 0, "n_generations": 1000, "gate": "green", "found": {"motplanté": 1}},
    "forgetting": {"change_percent": None, "gate": "unknown", "reason": "motplanté"},
    "referee": {"c2st": 0.61, "low": 0.54, "high": 0.68, "ceiling": 0.5, "unknown_words": 0.01, "n": 150},
    "verdict": "grey",
    "sentences": ["motplanté"],
    "counts": True,
    "made": {"at": "2026-11-29T10:00:00+00:00", "seconds": 3.0},
}


@pytest.fixture
def packed(work, double):
    folder = work.run("léa") / "evaluate"
    folder.mkdir()
    (folder / "scores.json").write_text(json.dumps(SCORES), encoding="utf-8")
    (path,) = Project(work.folder).export("bundle").files
    return path


def test_it_holds_how_often_players_took_the_double_for_the_person(work, double, packed):
    work.arena.unlink()
    named = f"léa@{double.adapter_sha256[:6]}"
    with Votes(work.arena) as votes:
        for number in range(10):
            pair = (named, "personne") if number < 4 else ("personne", named)
            votes.add(Vote("motplanté", f"q{number}", *pair, acquainted=number % 2 == 0))
    (path,) = Project(work.folder).export("bundle", to="ailleurs").files
    arena = Project(work.folder).verify(path).certificate["arena"]
    assert {group: (row["fooled"], row["n"]) for group, row in arena.items()} == {
        "acquaintances": (2, 5),
        "strangers": (2, 5),
    }
    assert "motplanté" not in json.dumps(arena) and arena["strangers"]["low"] < 0.4


def test_it_holds_the_figures_of_the_evaluation_and_no_word_of_it(work, packed):
    told = Project(work.folder).verify(packed).certificate
    assert told["likeness"]["value"] == 74.0 and told["likeness"]["base"]["value"] == 25.0
    assert (told["memorisation"]["gate"], told["leaks"]["value"]) == ("green", 0)
    assert (told["referee"]["c2st"], told["verdict"], told["arena"]) == (0.61, "grey", "non mesuré")
    assert told["forgetting"] == "non mesuré" and told["measured"] == "2026-11-29"
    assert (told["base"], told["data"]) == (
        {"name": "mini", "revision": "", "licence": "MIT"},
        {"replies": 12},
    )
    assert "motplanté" not in json.dumps(told, ensure_ascii=False)


def test_without_an_evaluation_it_says_so(work, double):
    (path,) = Project(work.folder).export("bundle").files
    told = verify(path).certificate
    assert {told[name] for name in ("likeness", "memorisation", "leaks", "forgetting", "measured")} == {
        "non mesuré"
    }


def test_anybody_can_check_the_sum_and_the_project_the_signature(work, packed, tmp_path):
    told = dict(Project(work.folder).verify(packed).certificate)
    assert told.pop("sha256") == sha256(canonical(told)).hexdigest()
    assert "de ce dossier" in Project(work.folder).verify(packed).reason
    elsewhere = Project(tmp_path / "ailleurs").verify(packed)
    assert elsewhere.valid and "non vérifiable ici" in elsewhere.reason
    assert not (tmp_path / "ailleurs").exists()
    assert Workspace(work.folder).secret().hex() not in json.dumps(told)


def test_a_certificate_made_again_by_another_is_not_signed_here(work, packed, tmp_path):
    secret = work.secret()
    told = dict(verify(packed, secret).certificate)
    better = {**told, "likeness": {"value": 99.0}}
    rest = {name: value for name, value in better.items() if name != "sha256"}
    path = tmp_path / CERTIFICATE
    path.write_bytes(written({**rest, "sha256": sha256(canonical(rest)).hexdigest()}))
    assert not verify(path, secret).valid  # under this project's key: forged
    path.write_bytes(
        sign({name: better[name] for name in rest if name not in ("key", "signature")}, b"autre")
    )
    assert verify(path, secret).valid and "non vérifiable" in verify(path, secret).reason


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 1 << 20), flip=st.integers(1, 255))
def test_a_bundle_with_one_byte_changed_is_refused(place, flip, packed, tmp_path):
    data = bytearray(packed.read_bytes())
    data[place % len(data)] ^= flip
    path = tmp_path / "touché.zip"
    path.write_bytes(data)
    verified = verify(path)
    assert not verified.valid and verified.reason.endswith(".")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 1 << 20), flip=st.integers(1, 255))
def test_a_certificate_with_one_byte_changed_is_refused(place, flip, packed, tmp_path):
    record = verify(packed).certificate
    data = bytearray(written(record))
    data[place % len(data)] ^= flip
    path = tmp_path / CERTIFICATE
    path.write_bytes(data)
    assert not verify(path).valid


FORGED = {
    "no certificate": b"{}",
    "a list": b"[]",
    "too deep": b"[" * 100_000,
    "no JSON": b"\xff\xfe",
    "files that are a list": json.dumps(
        {"format": 1, "double": {}, "base": {}, "files": [], "sha256": ""}
    ).encode(),
    "a lone surrogate": b'{"format": 1, "double": {}, "base": {}, "files": {"\\ud800": "x"}, "sha256": "y"}',
}


@pytest.mark.parametrize("name", FORGED)
def test_what_is_no_certificate_is_told_in_a_sentence(name, tmp_path):
    path = tmp_path / "c.json"
    path.write_bytes(FORGED[name])
    verified = verify(path, b"secret")
    assert not verified.valid and verified.certificate is None


@pytest.mark.parametrize("name", ["/etc/hostname", "../dehors"])
def test_a_certificate_names_no_file_elsewhere(name, tmp_path):
    record = {"format": 1, "double": {"adapter_sha256": ""}, "base": {}, "files": {name: "0" * 64}}
    (tmp_path / "c.json").write_bytes(sign(record, b"x"))
    assert not verify(tmp_path / "c.json").valid


def test_odd_values_of_a_stranger_s_certificate_are_shown_without_harm(tmp_path, capsys):
    record = {
        "format": 1,
        "double": {"adapter_sha256": ""},
        "base": {},
        "files": {},
        "likeness": {"value": "[b]"},
    }
    (tmp_path / "c.json").write_bytes(sign(record, b"x"))
    assert _run(["verify", str(tmp_path / "c.json"), "--folder", str(tmp_path)]) == 0
    assert "non vérifiable" in capsys.readouterr().out


def test_the_verb_tells_by_its_exit_code_and_its_json(work, packed, capsys):
    words = ["verify", str(packed), "--folder", str(work.folder), "--json"]
    assert _run(words) == 0
    assert set(json.loads(capsys.readouterr().out)) == {"valid", "reason", "certificate"}
    packed.write_bytes(packed.read_bytes()[:-1] + b"x")
    assert _run(words) == 3
    assert json.loads(capsys.readouterr().out)["valid"] is False


def test_a_file_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(BadData, match="rien.zip"):
        verify(tmp_path / "rien.zip")


def test_an_older_bundle_has_no_certificate_and_still_opens(packed, tmp_path):
    from sosie.core import checked_zip
    from sosie.models import double_zip

    names = checked_zip.unpack(packed, double_zip.LIMITS, tmp_path / "dedans")
    older = tmp_path / "ancien.zip"
    checked_zip.write(older, {name: tmp_path / "dedans" / name for name in names if name != CERTIFICATE})
    assert double_zip.read(older).base == "mini"
    assert not verify(older).valid and "pas de certificat" in verify(older).reason


def test_a_file_added_or_taken_out_of_a_folder_is_seen(work, whole):
    Project(work.folder).export("vllm")
    folder = work.out / "sosie-léa-vllm"
    assert verify(folder).valid
    (folder / "adaptateur" / "modeling.py").touch()
    assert "modeling.py" in verify(folder).reason
    (folder / "adaptateur" / "modeling.py").unlink()
    (folder / "chat_template.jinja").unlink()
    assert "Il manque" in verify(folder).reason


def test_a_gguf_is_known_by_the_certificate_beside_it(work, whole, tmp_path):
    pytest.importorskip("gguf")
    merged, adapter, told = Project(work.folder).export("gguf", weights="q4_0").files
    assert verify(merged).valid and verify(adapter).valid and verify(told).valid
    data = bytearray(merged.read_bytes())
    data[len(data) // 2] ^= 1
    merged.write_bytes(data)
    assert not verify(merged).valid and not verify(told).valid and verify(adapter).valid
    shutil.copy(adapter, tmp_path / "seul.gguf")
    assert "pas de certificat" in verify(tmp_path / "seul.gguf").reason


def test_a_bundle_names_the_exports_made_before_it_and_each_is_verified_against_the_other(work, whole):
    project = Project(work.folder)
    merged = project.export("merged", weights="f32").files
    certificate = next(path for path in merged if path.name == CERTIFICATE)
    (bundle,) = project.export("bundle").files
    named = project.verify(bundle).certificate["exports"]
    name = f"{certificate.parent.name}/{CERTIFICATE}"
    assert list(named) == [name] and named[name]["kind"] == "merged"
    assert named[name]["sha256"] == json.loads(certificate.read_text())["sha256"]
    assert project.verify(certificate.parent).valid
    record = json.loads(certificate.read_text(encoding="utf-8"))
    del record["sha256"], record["signature"], record["key"]
    certificate.write_bytes(sign({**record, "measured": "2026-12-01"}, work.secret()))
    for path in (bundle, certificate.parent):
        verified = project.verify(path)
        assert not verified.valid and "n'est pas celui que nomme" in verified.reason
    (again,) = project.export("bundle").files
    assert not project.verify(again).valid  # the record is of what sosie wrote
    project.export("merged", weights="f32")
    assert project.verify(bundle).valid
    assert (work.private / "exports.json").stat().st_mode & 0o777 == 0o600
