"""The style card: from an export to habits, before any training."""

import json
from datetime import datetime, timedelta

import pytest

import sosie.demo
from sosie import Project
from sosie.core.errors import NothingToDo
from sosie.evaluate import personas
from sosie.evaluate.report.style_page import render_card
from sosie.evaluate.style_sample import Reservoir

TICS = ("« roh »", "« tip top »", "« hop hop »", "« mon poulet »", "🌻")  # tools/demo/tics.txt
# What the recipe of two invented people says (evaluate/personas/habits.py), written down before any card.
INVENTED = {
    29: ("« ecoute »|« écoute »", "apostrophes", "points de suspension", "EN CAPITALES", "accents", "abrège"),
    33: ("accents", "points de suspension", "minuscule", "étire", "« ne »", "abrège"),
}
START = datetime(2024, 3, 1, 18)


def whatsapp(path, messages):
    lines = (f"{at:%d/%m/%Y}, {at:%H:%M} - {author}: {text}" for at, author, text in messages)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def exchanges(dialogues, me, other, step=timedelta(minutes=7)):
    at = START
    for dialogue in dialogues:
        for turn in dialogue.turns:
            yield at, me if turn.role == "assistant" else other, turn.text
            at += step


def card_of(folder, messages, me):
    project = Project(folder / "moi")
    project.import_([whatsapp(folder / "Discussion WhatsApp avec Malo.txt", messages)], me=[me])
    return project.style()


def shown(card):
    return " · ".join(f"{habit['name']} {' '.join(habit['examples'])}" for habit in card.to_json()["habits"])


def test_every_tic_of_the_demo_is_among_its_ten_habits(tmp_path):
    project = Project(tmp_path)
    project.import_([sosie.demo.EXPORT], me=[sosie.demo.ME])
    card, page = project.style()
    assert len(card.traits) == 10
    assert [tic for tic in TICS if tic not in shown(card)] == []
    assert page.stat().st_mode & 0o777 == 0o600 and "Fiche de style de Léa" in page.read_text()


@pytest.mark.parametrize("number", INVENTED)
def test_the_tics_of_invented_people_are_among_their_ten_habits(tmp_path, number):
    dialogues = personas.dialogues(number, 300)
    card, _ = card_of(tmp_path, exchanges(dialogues, "Zoé", "Malo"), "Zoé")
    missing = [tic for tic in INVENTED[number] if not any(one in shown(card) for one in tic.split("|"))]
    assert missing == []


def test_the_tics_of_a_voice_of_the_stage_are_among_its_ten_habits(tmp_path, shared):
    lines = (shared / "data" / "personas" / "cyrano" / "train.jsonl").read_text(encoding="utf-8").splitlines()
    project = Project(tmp_path / "moi")
    project.import_([shared / "data" / "personas" / "cyrano" / "train.jsonl"])
    card, _ = project.style()
    assert card.replies > 400 and lines
    for tic in ("s'exclame", "plusieurs lignes"):
        assert tic in shown(card)


def test_the_figures_are_those_of_the_messages(tmp_path):
    """30 answers of two messages, three minutes after what they answer."""
    messages = []
    for day in range(30):
        at = START + timedelta(days=day)
        messages += [(at, "Malo", "Tu viens demain ?")]
        messages += [
            (at + timedelta(minutes=3), "Zoé", "Oui"),
            (at + timedelta(minutes=3), "Zoé", "Avec toi."),
        ]
    card, _ = card_of(tmp_path, messages, "Zoé")
    assert card.replies == 30 and card.rhythm.delay == 180 and card.rhythm.delays == 30
    assert card.rhythm.in_a_row == (0, 30, 0, 0, 0) and card.rhythm.mean_row == 2
    assert card.rhythm.by_hour[18] == 30 and card.rhythm.by_month == {"2024-03": 30}
    assert [(one.correspondent, one.tu, one.vous) for one in card.addresses] == [("Malo", 30, 0)]


def test_neither_the_page_nor_the_json_names_a_correspondent_or_holds_a_private_string(tmp_path):
    messages = [
        (START + timedelta(minutes=n), ("Malo", "Zoé")[n % 2], "Rappelle le 06 12 34 56 78 mon Ragondin")
        for n in range(120)
    ]
    card, page = card_of(tmp_path, messages, "Zoé")
    for written in (page.read_text(encoding="utf-8"), json.dumps(card.to_json(), ensure_ascii=False)):
        assert "Malo" not in written and "12 34 56" not in written
    assert "Malo" not in repr(card) and "Ragondin" not in repr(card)


def test_what_a_correspondent_wrote_cannot_break_the_page(tmp_path):
    evil = "<script>alert(1)</script>"
    messages = [(START + timedelta(minutes=n), ("Malo", evil)[n % 2], f"{evil} oui") for n in range(120)]
    card, _ = card_of(tmp_path, messages, evil)
    assert "<script>" not in render_card(card)


def test_too_few_replies_are_no_habits(tmp_path):
    with pytest.raises(NothingToDo, match="Trop peu"):
        card_of(tmp_path, [(START, "Malo", "tu viens ?"), (START, "Zoé", "oui")], "Zoé")


def test_each_of_many_is_as_likely_to_be_drawn():
    counts = [0] * 40
    for start in range(200):
        drawn = Reservoir[int](10)
        drawn._rng.seed(start)
        for number in range(40):
            drawn.add(number)
        assert drawn.met == 40 and len(drawn.drawn) == 10
        for number in drawn.drawn:
            counts[number] += 1
    assert all(25 <= count <= 80 for count in counts)  # 50 expected, standard deviation 6
