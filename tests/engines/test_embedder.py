"""The embedding model that the user named: a server's, of which anything may come, or a GGUF file's."""

import json
import re
import time

import numpy as np
import pytest
from openai_fake import HTML, JSON, serving

from sosie.api import Project
from sosie.core import jsonl
from sosie.core.dialogue import Dialogue, Origin, Turn
from sosie.core.errors import BadData, BadSettings, SosieError
from sosie.engines import embedder as room
from sosie.engines.embedder import KEY_VARIABLE, open_embedder
from sosie.engines.gguf_files import open_files
from sosie.recall.own_words import index_of, vectors_of

AXES = ("chien brioche", "épinards légume")
SAID = ("ma chienne s'appelle Brioche, un chien en or", "j'ai horreur des épinards", "jsp, faut voir")


def vector(text):
    return [float(any(word in text.lower() for word in axis.split())) for axis in AXES] + [0.1]


def answer(vectors):
    rows = [{"object": "embedding", "index": n, "embedding": one} for n, one in enumerate(vectors)]
    return 200, JSON, json.dumps({"data": rows[::-1]}).encode()


def embed(body):
    return answer([vector(text) for text in body["input"]])


def too_long(body):
    """As llama.cpp does."""
    return embed(body) if max(map(len, body["input"])) <= 40 else (500, JSON, b'{"error": "too large"}')


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    made = Project(tmp_path / "moi")
    turns = [Turn(role, text) for one in SAID for role, text in (("user", "et sinon ?"), ("assistant", one))]
    jsonl.write(made.workspace.data / "train.jsonl", [Dialogue(tuple(turns), Origin())])
    return made


def name_model(project, model, more=""):
    project.workspace.settings.write_text(f'[chat]\nembeddings = "{model}"\n{more}', encoding="utf-8")


def said(project, words, told=None):
    report = (told if told is not None else []).append
    return [passage.said for passage in project.find_own_words(words, report=report)]


def test_a_server_that_the_settings_name_finds_by_meaning(project, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, "sésame-ouvre".replace("é", "e"))
    with serving(embed) as (url, asked):
        name_model(project, f"{url}#petit")
        assert said(project, "quel légume ?")[0] == SAID[1]
    assert all(body["model"] == "petit" for _, body in asked)
    assert {headers["Authorization"] for headers, _ in asked} == {"Bearer sesame-ouvre"}


def test_vectors_have_one_length_and_come_in_the_order_of_the_texts():
    with serving(embed) as (url, _):
        found = open_embedder(url).passages([SAID[1], "  ", SAID[0]])
    assert found.shape == (3, 3) and found.dtype == np.float32
    assert np.allclose(np.linalg.norm(found, axis=1), 1) and [*found.argmax(axis=1)] == [1, 2, 0]


def test_huge_numbers_warn_of_nothing():
    with serving(lambda body: answer([[1e30, 1e30]])) as (url, _):
        assert np.isfinite(open_embedder(url).query("gare")).all()


def test_a_model_whose_card_asks_for_prefixes_has_them():
    with serving(embed) as (url, asked):
        for model in ("multilingual-e5-small", "modele5"):
            named = open_embedder(f"{url}#{model}")
            named.query("gare")
            named.passages(["train"])
    sent = [body["input"] for _, body in asked]
    assert sent == [["query: gare"], ["passage: train"], ["gare"], ["train"]]


def test_a_text_too_long_for_the_model_is_cut_and_the_others_stay_whole():
    with serving(too_long) as (url, asked):
        found = open_embedder(url).passages([SAID[1], "épinards " * 100, SAID[2]])
    assert [*found.argmax(axis=1)] == [1, 1, 2]
    taken = [text for _, body in asked for text in body["input"]]
    assert SAID[1] in taken and SAID[2] in taken


WRONG = {
    "a page": (200, HTML, b"<html>"),
    "no JSON": (200, JSON, b"oui"),
    "a list": (200, JSON, b"[]"),
    "no data": (200, JSON, b"{}"),
    "no numbers": answer([["a", "b"]]),
    "base64": answer(["AAAA"]),
    "NaN": answer([[float("nan"), 1.0]]),
    "infinity": answer([[1e300, 1.0]]),
    "numbers alone": answer([1.0]),
    "null": answer([[None, 1.0]]),
    "too many": answer([[1.0, 0.0], [0.0, 1.0]]),
    "none": answer([]),
    "nothing in it": (200, JSON, b'{"data": [{"index": 0, "embedding": []}]}'),
    "no index": (200, JSON, b'{"data": [{"embedding": [1, 2]}]}'),
    "refused": (400, JSON, b"{}"),
    "no such thing": (404, JSON, b"{}"),
    "not implemented": (501, JSON, b"{}"),
    "a key is needed": (401, JSON, b"{}"),
    "elsewhere": (302, JSON, b""),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_server_that_does_not_embed_is_told_once_and_stems_answer(project, wrong):
    with serving(lambda body: WRONG[wrong]) as (url, asked):
        name_model(project, url)
        told = []
        for _ in range(3):
            assert said(project, "brioche", told) == [SAID[0]]
    (warning,) = [event.text for event in told if event.kind == "warning"]
    assert "serveur d'embeddings" in warning and warning.endswith("par leurs mots seulement.")
    assert len(asked) <= 8 and not re.search("brioche|épinards", warning, re.IGNORECASE)


def test_vectors_of_two_lengths_are_refused(project):
    def changing(body):
        return embed(body) if len(body["input"]) == 1 else answer([[1.0, 2.0]] * len(body["input"]))

    with serving(changing) as (url, _):
        name_model(project, url)
        told = []
        assert said(project, "brioche", told) == [SAID[0]] and "ne répond pas comme" in told[-1].text


def test_a_server_that_is_off_or_slow_is_told_once(project, monkeypatch):
    monkeypatch.setattr(room, "_PATIENCE", 0.2)

    def slow(body):
        time.sleep(1.0)
        return embed(body)

    with serving(slow) as (url, _):
        name_model(project, url)
        told = []
        assert said(project, "brioche", told) == said(project, "brioche", told) == [SAID[0]]
    assert len(told) == 2 and "met trop de temps" in told[-1].text
    told, off = [], Project(project.workspace.folder)
    assert said(off, "brioche", told) == said(off, "brioche", told) == [SAID[0]]
    assert len(told) == 1 and "ne répond pas" in told[0].text


def test_another_machine_is_refused_unless_the_settings_say_otherwise(project):
    name_model(project, "https://un-nom.example/v1#m")
    told = []
    assert said(project, "brioche", told) == [SAID[0]]
    assert "« un-nom.example » recevrait vos messages préparés" in told[-1].text
    assert "embeddings_elsewhere = true" in told[-1].text
    with pytest.raises(BadSettings):
        open_embedder("http://192.0.2.1/v1")
    open_embedder("http://192.0.2.1/v1#m", elsewhere=True, report=told.append)
    assert told[-1].text.startswith("Le serveur d'embeddings est ailleurs : « 192.0.2.1 » va recevoir sans")


@pytest.mark.parametrize("model", ["mini", "rien.gguf", "ollama:rien", "http://", "data/train.jsonl"])
def test_a_model_that_is_not_there_is_told_and_stems_answer(project, model):
    name_model(project, model)
    told = []
    assert said(project, "brioche", told) == [SAID[0]]
    assert len([event for event in told if event.kind == "warning"]) == 1


def test_only_masked_text_is_sent(tmp_path):
    people = ("Malo", "Léa", "Zoé", "Léa")
    lines = [
        f"0{1 + day % 9}/03/2025, 12:{minute:02} - {who}: {what} {day}"
        for day in range(40)
        for minute, (who, what) in enumerate(
            zip(people, ("tu manges quoi", "demande à Malo, 06 12 34 56 78", "et toi", "pareil"), strict=True)
        )
    ]
    (tmp_path / "Discussion WhatsApp avec Groupe.txt").write_text("\n".join(lines), encoding="utf-8")
    project = Project(tmp_path / "moi")
    project.import_([tmp_path / "Discussion WhatsApp avec Groupe.txt"], me=["Léa"])
    project.prepare()
    with serving(embed) as (url, asked):
        settings = project.workspace.settings
        settings.write_text(f'{settings.read_text()}\n[chat]\nembeddings = "{url}"\n')
        project = Project(tmp_path / "moi")
        assert project.find_own_words("le numéro de Malo, 06 12 34 56 78, pour Zoé ?", report=print)
    sent = json.dumps([body for _, body in asked], ensure_ascii=False)
    assert len(asked) > 1 and "demande à" in sent and "le numéro de" in sent
    assert not re.search("Malo|Zoé|06 ?12", sent)
    for path in (index_of(project.workspace), vectors_of(project.workspace)):
        assert path.exists()
    project.forget("Zoé")
    assert not vectors_of(project.workspace).exists()


def test_an_untrained_double_takes_its_examples_by_meaning_too(project):
    from sosie.engines.echo import Echo

    with serving(embed) as (url, asked):
        name_model(project, url)
        told = []
        double = project.untrained(Echo(), 6, told.append)
        assert [(event.done, event.total) for event in told if event.kind == "embed"] == [(3, 3)]
        made = len(asked)
        double.turns([Turn("user", "quel légume ?")])
    assert SAID[1] in [passage.said for passage in double.used] and len(asked) == made + 1


@pytest.fixture(scope="module")
def mini(tmp_path_factory):
    pytest.importorskip("xllamacpp")
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOSIE_CACHE", str(folder))
        return open_files("mini", folder).model


def test_a_gguf_file_embeds_in_a_process_of_its_own(project, mini):
    name_model(project, mini)
    told = []
    assert SAID[0] in said(project, "Brioche", told)
    assert [event.kind for event in told if event.kind == "warning"] == []
    model = open_embedder(str(mini))
    one, same, long = model.passages([SAID[0], SAID[0], "mot " * 2_000])
    assert one.shape == long.shape and np.allclose(one, same, atol=1e-3)
    assert one @ model.query(SAID[0]) > 0.999 > one @ model.query("tu viens ce soir ?")
    assert str(mini) in model.name


def test_a_gguf_file_that_is_cut_is_told(tmp_path, mini):
    cut = tmp_path / "coupé.gguf"
    cut.write_bytes(mini.read_bytes()[:-1000])
    with pytest.raises(BadData, match="coupé.gguf"):
        open_embedder(str(cut))
    (tmp_path / "vide.gguf").write_bytes(b"GGUF")
    with pytest.raises(SosieError, match="vide.gguf"):
        open_embedder(str(tmp_path / "vide.gguf"))
