"""Generated dialogues are learnt within their share, masked anew, and never measure anything."""

from dataclasses import replace

import pytest
from prepare_talk import START, conversation, dialogue

from sosie.core.dialogue import Dialogue, Origin, Turn
from sosie.core.errors import BadData
from sosie.core.settings import Prepare
from sosie.core.workspace import Workspace
from sosie.prepare.generated import DAYS, MEASURED, TWICE, read_generated, woven, write_generated
from sosie.prepare.owner import Identity
from sosie.prepare.pipeline import prepare
from sosie.prepare.split import Parts
from sosie.prepare.vault import Vault

ME = Identity(frozenset({"moi"}), "test")
WORDS = "gare train valise quai montagne sentier sommet cuisine recette farine levain musique concert".split()  # noqa: SIM905


def made(n, text, day=None, message=None):
    at = day if day is None else START.replace(day=day)
    origin = Origin(f"g{n}", first=at, last=at, replies=((message or f"x{n}",),), generated=True)
    return Dialogue((Turn("user", f"Et le {n} ?"), Turn("assistant", text)), origin)


def parts(train=70):
    learnt = tuple(dialogue("tu viens ?", f"oui {n} demain", id=f"t{n}-") for n in range(train))
    held = dialogue("et alors ?", "on a pris le train de nuit vers la mer", id="v", day=20)
    return Parts(learnt, (held,), ())


def dropped_by(found, share=0.3, there=None):
    reasons = []
    after = woven(there or parts(), found, share, lambda reason, count: reasons.append(reason))
    return reasons, [d for d in after.train if d.origin.generated]


@pytest.mark.parametrize(("share", "kept"), [(0.0, 0), (0.3, 30), (0.5, 70), (0.9, 90)])
def test_their_share_of_train_is_never_passed(share, kept):
    found = [made(n, f"le texte {WORDS[n % 13]} de {WORDS[n // 13]}") for n in range(90)]
    reasons, learnt = dropped_by(found, share)
    assert (len(learnt), len(reasons)) == (kept, 90 - kept)
    assert learnt == found[:kept]  # the best first


def test_what_is_measured_is_not_shown_to_train():
    same_days = made(1, "le marché du matin", day=25)
    same_words = made(2, "hier on a pris le train de nuit, quelle histoire")
    assert dropped_by([same_days, same_words, made(3, "le marché du soir", day=2)])[0] == [DAYS, MEASURED]


def test_what_is_learnt_already_is_not_learnt_twice():
    again = [made(1, "oui 3 demain"), made(2, "un autre", message="t5--0"), made(3, "ceci"), made(4, "Ceci.")]
    reasons, learnt = dropped_by(again)
    assert reasons == [TWICE] * 3 and [d.origin.id for d in learnt] == ["g3"]


def test_they_are_masked_with_what_is_known_now_and_counted_apart():
    lines = [
        line
        for n in range(40)
        for line in (f"Malo: tu prends {WORDS[n % 13]} ?", f"moi: oui {n} {WORDS[n % 7]}")
    ]
    talk = conversation(*lines, minutes=5)
    told = made(1, "Appelle-moi au 06 12 34 56 78 pour le concert.")
    vault = Vault("00" * 32)
    done = prepare([talk], ME, Prepare(max_turns=2), vault, generated=[told])
    learnt = [d for d in done.parts.train if d.origin.generated]
    assert [d.replies for d in learnt] == [("Appelle-moi au [TÉLÉPHONE_1] pour le concert.",)]
    account = done.to_json()
    assert account["generated"] == 1
    read = account["messages"]
    lost = sum(reason["messages"] for room in read["rooms"] for reason in room["reasons"])
    assert read["read"] == len(lines) == read["learnt"] + read["context"] + lost


def test_the_file_keeps_their_scores_and_a_damaged_one_is_told(tmp_path):
    place = Workspace(tmp_path)
    write_generated(place, [(0.4, made(1, "un")), (0.9, made(2, "deux"))])
    assert [(score, d.origin.id) for score, d in read_generated(place)] == [(0.9, "g2"), (0.4, "g1")]
    assert replace(read_generated(place)[0][1].origin, replies=()).generated
    (place.data / "generated.jsonl").write_text('{"sosie"', encoding="utf-8")
    with pytest.raises(BadData, match="abîmé"):
        read_generated(place)
