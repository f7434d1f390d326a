"""Own words found by meaning: fused with those found by stems, made once, taken up again."""

import stat
from contextlib import closing

import numpy as np
import pytest

from sosie.core import jsonl
from sosie.core.dialogue import Dialogue, Origin, Turn
from sosie.core.errors import SosieError
from sosie.core.progress import silent
from sosie.core.workspace import Workspace
from sosie.recall import dense as room
from sosie.recall.chats import Chats
from sosie.recall.dense import Dense, closest, compact
from sosie.recall.fusion import fuse
from sosie.recall.own_words import find_own_words, index_of, nearest_exchanges, vectors_of

AXES = ("toutou chien brioche", "manger galette épinards légume", "travail médiathèque", "train gare")
SAID = ("la chienne de ma sœur, Brioche", "j'ai horreur des épinards", "jsp, faut voir", "ON BOUFFE", "gare")


class ByAxes:
    """A model of four meanings, in as many numbers; the fifth is of anything else."""

    def __init__(self, name="axes", fails_after=None):
        self.name, self.fails_after, self.asked, self.texts = name, fails_after, [], []

    def query(self, text):
        self.asked.append(text)
        return self._vectors([text])[0]

    def passages(self, texts):
        if self.fails_after is not None and len(self.texts) >= self.fails_after:
            raise SosieError("Le serveur ne répond pas.", "Lancez-le.")
        self.texts += texts
        return self._vectors(texts)

    def _vectors(self, texts):
        rows = [[any(w in text.lower() for w in axis.split()) for axis in AXES] + [0.1] for text in texts]
        vectors = np.array(rows, np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture
def workspace(tmp_path):
    workspace = Workspace(tmp_path / "moi")
    write(workspace, SAID)
    return workspace


def write(workspace, said):
    turns = [Turn(role, text) for one in said for role, text in (("user", "et sinon ?"), ("assistant", one))]
    jsonl.write(workspace.data / "train.jsonl", [Dialogue(tuple(turns), Origin(source="whatsapp"))])


def dense_of(workspace, model, mask=str):
    return Dense(vectors_of(workspace), lambda report: model, mask)


def said(workspace, words, dense=None, count=5, report=silent):
    return [passage.said for passage in find_own_words(workspace, words, count, report, dense)]


def test_what_shares_no_stem_is_found_by_its_meaning(workspace):
    dense = dense_of(workspace, ByAxes())
    assert said(workspace, "quel légume ?") == []
    assert said(workspace, "quel légume ?", dense)[0] == SAID[1]
    assert said(workspace, "Brioche", dense)[0] == SAID[0]
    found = nearest_exchanges(workspace, "le toutou", 1, dense=dense)
    assert [passage.said for passage in found] == [SAID[0]]
    assert said(workspace, "  \n", dense) == []


def test_both_rankings_count_and_the_first_wins_between_equals():
    assert fuse([3, 1], [1, 9]) == [1, 3, 9]
    assert fuse([1, 2, 3], [4, 5, 6]) == [1, 4, 2, 5, 3, 6] and fuse([], [7]) == [7] and fuse() == []


def test_a_poor_model_does_not_take_the_place_of_what_has_the_words(workspace):
    write(workspace, [*SAID, "on prend le train", "le train est en retard", *["à la gare"] * 30])
    stems = said(workspace, "le train en retard", count=2)
    assert len(stems) == 2

    class Poor(ByAxes):
        def _vectors(self, texts):
            return super()._vectors(["rien" if "train" in text else "chien" for text in texts])

        def query(self, text):
            return self._vectors(["chien"])[0]

    found = said(workspace, "le train en retard", dense_of(workspace, Poor()))
    assert found[:2] == stems and len(found) == 5


def test_vectors_are_made_once_and_anew_for_other_data_or_another_model(workspace):
    path, model = vectors_of(workspace), ByAxes()
    said(workspace, "gare", dense_of(workspace, model))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.stat().st_size == room._HEADER + len(SAID) * 5 and len(model.texts) == len(SAID)
    said(workspace, "gare", dense_of(workspace, model))
    assert len(model.texts) == len(SAID)
    other = ByAxes("other")
    said(workspace, "gare", dense_of(workspace, other))
    assert len(other.texts) == len(SAID)
    write(workspace, SAID[2:])
    assert said(workspace, "quel légume ?", dense_of(workspace, other))[0] != SAID[1]
    assert path.stat().st_size == room._HEADER + 3 * 5


def test_without_a_model_nothing_is_made_and_what_was_made_of_older_data_goes(workspace):
    said(workspace, "gare")
    assert not vectors_of(workspace).exists()
    said(workspace, "gare", dense_of(workspace, ByAxes()))
    write(workspace, SAID[:2])
    said(workspace, "gare")
    assert not vectors_of(workspace).exists()
    said(workspace, "gare", dense_of(workspace, ByAxes()))
    Chats(workspace).forget_all()
    assert not vectors_of(workspace).exists() and not index_of(workspace).exists()


def test_what_a_killed_process_left_is_gone_on_with(workspace, monkeypatch):
    monkeypatch.setattr(room, "_BATCH", 2)
    path, whole = vectors_of(workspace), ByAxes()
    said(workspace, "gare", dense_of(workspace, whole))
    made = path.read_bytes()
    for left in range(len(made)):
        path.write_bytes(made[:left])
        model = ByAxes()
        assert said(workspace, "le toutou", dense_of(workspace, model))[0] == SAID[0]
        rows = max(0, left - room._HEADER) // 5
        assert path.read_bytes() == made and model.texts == whole.texts[rows:]


def test_a_model_that_fails_is_told_once_and_stems_answer(workspace, monkeypatch):
    monkeypatch.setattr(room, "_BATCH", 2)
    model, told = ByAxes(fails_after=2), []
    dense = dense_of(workspace, model)
    for _ in range(3):
        assert said(workspace, "brioche", dense, report=told.append) == [SAID[0]]
    warned = [event.text for event in told if event.kind == "warning"]
    assert len(warned) == len(model.asked) == 1
    assert warned[0] == (
        "Le serveur ne répond pas. Lancez-le. Vos messages sont retrouvés par leurs mots seulement."
    )
    again = ByAxes()
    said(workspace, "brioche", dense_of(workspace, again))
    assert len(again.texts) == len(SAID) - 2, "what was made before is kept"


def test_a_full_disk_or_a_folder_that_refuses_leaves_the_stems(workspace):
    said(workspace, "gare")
    vectors_of(workspace).mkdir()
    told = []
    assert said(workspace, "brioche", dense_of(workspace, ByAxes()), report=told.append) == [SAID[0]]
    assert len(told) == 1 and told[0].kind == "warning" and "brioche" not in told[0].text.lower()


def test_where_nobody_listens_a_question_waits_only_so_long(workspace, monkeypatch):
    monkeypatch.setattr(room, "_BATCH", 2)
    monkeypatch.setattr(room, "_PATIENCE", 0.0)
    model = ByAxes()
    said(workspace, "gare", dense_of(workspace, model))
    assert model.texts == []
    events = []
    said(workspace, "gare", dense_of(workspace, model), report=events.append)
    done = [(event.done, event.total) for event in events if event.kind == "embed"]
    assert done == [(2, 5), (4, 5), (5, 5)] and events[-1].facts["seconds_left"] == 0


def test_another_process_at_work_is_left_to_it(workspace):
    import fcntl

    said(workspace, "gare", dense_of(workspace, ByAxes()))
    model = ByAxes()
    with vectors_of(workspace).open("r+b") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        held.truncate(room._HEADER + 2 * 5)
        assert said(workspace, "la gare", dense_of(workspace, model))[0] == SAID[4]
    assert model.texts == []


def test_a_question_goes_to_the_model_masked(workspace):
    model = ByAxes()
    said(
        workspace,
        "le toutou de Zoé \ud83d",
        dense_of(workspace, model, lambda text: text.replace("Zoé", "X")),
    )
    assert model.asked == ["le toutou de X ?"]


def test_long_exchanges_are_cut_the_question_from_its_beginning(workspace):
    turns = (Turn("user", f"{'avant ' * 900}la fin"), Turn("assistant", "oui " * 900))
    jsonl.write(workspace.data / "train.jsonl", [Dialogue(turns, Origin())])
    model = ByAxes()
    said(workspace, "gare", dense_of(workspace, model))
    (text,) = model.texts
    assert len(text) == room.LETTERS and text[: room.ASKED_LETTERS].endswith("la fin")


def test_the_closest_of_int8_vectors_are_those_of_the_floats():
    numbers = np.random.default_rng(7)
    vectors = numbers.standard_normal((5_000, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    small = compact(vectors)
    assert small.dtype == np.int8
    for asked in vectors[:20] + 0.02 * numbers.standard_normal((20, 384)).astype(np.float32):
        exact = np.argsort(-(vectors @ asked))[:10]
        found = closest(small, asked, 100)
        assert found[0] == exact[0] and len(set(exact) & set(found[:12])) >= 9
    assert [*closest(small[:3], vectors[2], 100)][0] == 2


def test_the_index_is_only_read(workspace):
    """The vectors are beside it, and its file stays the same."""
    said(workspace, "gare")
    before = index_of(workspace).read_bytes()
    said(workspace, "gare", dense_of(workspace, ByAxes()))
    assert index_of(workspace).read_bytes() == before
    with closing(vectors_of(workspace).open("rb")) as file:
        assert not any(word.encode() in file.read() for word in ("Brioche", "horreur", "gare"))
