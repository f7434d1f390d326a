"""`sosie export hub` against a hub of the same protocol: what leaves, where to, and what stops it."""

import json

import pytest
from fake_hub import FakeHub
from test_certificate import SCORES

from sosie.api import Project
from sosie.core.digests import sha256_of
from sosie.core.double import Double
from sosie.core.errors import BadSettings, NothingToDo, SosieError
from sosie.export.hub import repository_name
from sosie.export.hub_push import HubRefused
from sosie.train.run_folder import fingerprint

STEPS = ("whoami", "create", "card", "preupload", "lfs", "put", "commit")


@pytest.fixture
def hub(monkeypatch):
    from huggingface_hub import constants

    with FakeHub() as fake:
        monkeypatch.setattr(constants, "ENDPOINT", fake.address)
        template = constants.HUGGINGFACE_CO_URL_TEMPLATE.replace("https://huggingface.co", fake.address)
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setenv("HF_TOKEN", "hf_motplante")
        # Threads that download may wait for a lock's poll (filelock, 0.05 s): no call is tried again later.
        monkeypatch.setattr("time.sleep", lambda s: s <= 0.05 or pytest.fail(f"it waits {s} s"))
        yield fake
        fake.shutdown()


@pytest.fixture
def measured(work, whole):
    """A double that neither copies nor leaks, of dialogues whose names were masked."""
    from sosie.core.jsonl import own_dialogues

    run = work.run("léa")
    parts = [own_dialogues(work, part) for part in ("train", "valid")]
    (run / "plan.json").write_text(json.dumps({"data_sha256": fingerprint(*parts)}))
    (run / "evaluate").mkdir()
    told = {"settings": {"names": "tags"}, "masked": {"téléphone": 12, "prénom": 3}}
    (work.data / "report.json").write_text(json.dumps(told))
    write_scores(work, SCORES)
    return work


def write_scores(work, scores):
    (work.run("léa") / "evaluate" / "scores.json").write_text(json.dumps(scores), encoding="utf-8")


def send(work, **more):
    return Project(work.folder).export("hub", **{"agree": lambda question: True, **more})


def test_one_commit_to_a_private_repository_holds_the_folder(hub, measured):
    done = send(measured)
    found = hub.repositories["lea/sosie-lea"]
    assert found["private"] and found["commits"] == 1 and "lea/sosie-lea" in done.steps[0]
    assert found["files"] == {path.name: path.read_bytes() for path in done.files}
    assert [*dict.fromkeys(hub.sent())][0] == "whoami" and hub.sent().count("commit") == 1


def test_what_is_pulled_back_is_the_double(hub, measured, whole, tmp_path):
    from huggingface_hub import snapshot_download

    send(measured)
    snapshot_download("lea/sosie-lea", local_dir=tmp_path / "tiré")
    pulled = Double.read(tmp_path / "tiré")
    assert sha256_of(tmp_path / "tiré" / "adapter_model.safetensors") == whole.adapter_sha256
    assert (pulled.base, pulled.portrait) == ("mini", "Tu es Léa.")
    assert Project(measured.folder).verify(tmp_path / "tiré" / "certificat.json").valid


def test_a_second_push_changes_nothing(hub, measured):
    send(measured)
    done = send(measured)
    assert hub.repositories["lea/sosie-lea"]["commits"] == 1 and "Rien n'avait changé" in done.steps[0]


def test_what_an_earlier_push_left_goes_away_in_the_same_commit(hub, measured):
    hub.add("lea/sosie-lea")
    hub.repositories["lea/sosie-lea"]["files"] = {"merges.txt": b"a b", "notes.md": b"mine"}
    send(measured)
    files = hub.repositories["lea/sosie-lea"]["files"]
    assert "merges.txt" not in files and files["notes.md"] == b"mine"


@pytest.mark.parametrize(
    "name, changed, said",
    [
        ("memorisation", {"gate": "red"}, "recopie"),
        ("memorisation", {"gate": "unknown"}, "pu être jugé"),
        ("leaks", {"gate": "red"}, "fuir"),
        ("leaks", {"value": None}, "pas mesurées"),
    ],
)
def test_nothing_is_sent_where_a_gate_is_not_green(name, changed, said, hub, measured):
    write_scores(measured, {**SCORES, name: {**SCORES[name], **changed}})
    with pytest.raises(BadSettings) as told:
        send(measured)
    assert said in told.value.message and not hub.log and not measured.out.exists()
    send(measured, knowingly=True)
    assert hub.repositories["lea/sosie-lea"]["commits"] == 1


@pytest.mark.parametrize("told", [{"settings": {"names": "keep"}, "masked": {}}, {"masked": {}}, {}])
def test_nothing_is_sent_where_names_were_not_masked_or_nothing_says_so(told, hub, measured):
    (measured.data / "report.json").write_text(json.dumps(told))
    with pytest.raises(BadSettings, match="masqués"):
        send(measured)
    assert not hub.log


def test_dialogues_that_changed_since_say_nothing_of_masks(hub, measured):
    (measured.data / "valid.jsonl").unlink()
    with pytest.raises(BadSettings, match="Rien ne dit"):
        send(measured)
    assert not hub.log


@pytest.mark.parametrize(
    "base, said", [("ministral-8b", "licence"), ("/chez/moi/base", "dossier de cette machine")]
)
def test_no_wish_lifts_a_licence_or_gives_others_the_base(base, said, hub, measured, whole):
    from dataclasses import replace

    replace(whole, base=base).write(whole.folder)
    with pytest.raises(SosieError, match=said):
        send(measured, knowingly=True)
    assert not hub.log


def test_nothing_is_sent_before_the_person_agrees_nor_in_a_dry_run(hub, measured):
    events = []
    with pytest.raises(NothingToDo):
        send(measured, agree=lambda question: False, report=events.append)
    told = " ".join(event.text for event in events)
    assert all(word in told for word in ("adapter_model.safetensors", "privé", "« sosie-lea »", "portrait"))
    done = send(measured, dry_run=True, agree=lambda question: pytest.fail("asked"))
    assert not hub.log and done.files and "Rien n'a été envoyé" in done.steps[0]


@pytest.mark.parametrize("status", [401, 403, 404, 409, 413, 429, 500, None])
@pytest.mark.parametrize("step", STEPS)
def test_a_refusal_at_any_step_is_told_with_what_became_of_the_repository(step, status, hub, measured):
    hub.refuse = {step: status and (status, {"Retry-After": "3600"})}
    with pytest.raises(HubRefused) as told:
        send(measured)
    words, found = told.value.message, hub.repositories.get("lea/sosie-lea")
    assert ("3600 secondes" in words) == (status == 429)
    assert "hf_motplante" not in words + told.value.mend
    if found is None:
        assert "Rien n'a été envoyé" in words
    else:
        assert found["private"] and not found["files"] and "vide" in words
    hub.refuse = {}
    send(measured)
    assert hub.repositories["lea/sosie-lea"]["commits"] == 1


def test_a_public_repository_gets_no_file(hub, measured):
    hub.add("lea/sosie-lea", private=False)
    with pytest.raises(HubRefused, match="public"):
        send(measured)
    assert not {"preupload", "put", "commit", "card"} & {*hub.sent()}


def test_a_hub_that_makes_it_public_against_our_wish_gets_no_file(hub, measured):
    hub.forced_public = True
    with pytest.raises(HubRefused, match="public"):
        send(measured)
    assert not {"preupload", "put", "commit", "card"} & {*hub.sent()}


def test_a_token_that_only_reads_makes_no_repository(hub, measured):
    hub.role = "read"
    with pytest.raises(HubRefused, match="lire"):
        send(measured)
    assert hub.sent() == ["whoami"]


def test_without_a_token_nothing_is_asked_of_the_hub(hub, measured, monkeypatch, tmp_path):
    from huggingface_hub import constants

    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "none"))
    with pytest.raises(HubRefused, match="jeton"):
        send(measured)
    assert not hub.log


def test_the_card_tells_figures_with_their_interval_and_what_is_not_masked(hub, measured):
    send(measured, dry_run=True)
    card = (measured.out / "sosie-léa-hub" / "README.md").read_text("utf-8")
    assert "74 (67 à 83 à 95 %, n = 150) ; modèle de base : 25 (16 à 33 à 95 %, n = 138)" in card
    assert "téléphone 12" in card and "peut rester" in card and "sur 1000 réponses" in card
    assert "oublié : non mesuré" in card and "motplanté" not in card
    front = json.loads(next(line for line in card.splitlines() if line.startswith("tags:"))[5:])
    assert "sosie" in front and "base_model" not in card.split("---")[1]


@pytest.mark.parametrize("asked", ["léa", "a/b", "a--b", "-a", "a.git", "", " ", "a" * 97, "a..b"])
def test_a_name_that_the_hub_does_not_take_is_told_with_one_that_it_takes(asked):
    if not asked:
        assert repository_name("sosie-Léa été", chosen=False) == "sosie-Lea-ete"
        return
    with pytest.raises(BadSettings) as told:
        repository_name(asked, chosen=True)
    better = told.value.mend.split("--name ")[1]
    assert repository_name(better, chosen=True) == better


def test_the_library_is_as_it_was_afterwards(hub, measured):
    import huggingface_hub
    from huggingface_hub import constants
    from huggingface_hub.utils import _http

    send(measured)
    assert _http._GLOBAL_CLIENT_FACTORY is _http.default_client_factory
    assert huggingface_hub.logging.get_verbosity() != 50 and not constants.HF_HUB_DISABLE_XET
