"""The page: whole from whole scores, honest from partial ones, and never more than it may show."""

import copy
import json
import random
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from sosie.evaluate.measures.detectability import detect
from sosie.evaluate.measures.differences import tells
from sosie.evaluate.personas import replies
from sosie.evaluate.report.page import render

FIXTURES = Path(__file__).parents[2] / "fixtures" / "report"
VOID = {"meta", "br", "hr", "col", "input", "img", "link"}
PARTS = ("likeness", "rivals", "tells", "detection", "memorisation", "leaks", "french", "forgetting")
COLOURS = re.compile(r"--(\w+): (#[0-9a-f]{6})")


@pytest.fixture
def scores():
    return json.loads((FIXTURES / "scores.json").read_text(encoding="utf-8"))


class Reading(HTMLParser):
    """What a reader sees, and whether every tag is closed in its turn."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.lines: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, name, attributes):
        self.tags.append((name, dict(attributes)))
        if name not in VOID:
            self.open.append(name)

    def handle_endtag(self, name):
        assert self.open and self.open.pop() == name, f"</{name}> closes something else"

    def handle_data(self, data):
        if data.strip() and "style" not in self.open:
            self.lines.append(data.strip())

    def text(self) -> str:
        return "\n".join(self.lines).replace("\u202f", " ") + "\n"


def read(page: str) -> Reading:
    found = Reading(page)
    assert not found.open, f"never closed: {found.open}"
    return found


def test_the_page_says_what_it_said(scores):
    """To accept a change: write `read(render(scores)).text()` to golden.txt, and read the difference."""
    assert read(render(scores)).text() == (FIXTURES / "golden.txt").read_text(encoding="utf-8")


def test_the_same_scores_give_the_same_bytes(scores):
    assert render(scores) == render(json.loads(json.dumps(scores)))
    assert render(scores, scores) == render(scores, copy.deepcopy(scores))


def test_one_file_that_is_light_french_and_asks_nobody(scores):
    page = render(scores, scores)
    assert len(page.encode()) < 1_000_000
    assert not re.search(r"https?://|//\w|url\(|@import|<script|<link|<img|<iframe|\bsrc=|\son\w+=", page)
    assert page.startswith('<!doctype html>\n<html lang="fr">') and "default-src 'none'" in page
    read(page)


def test_every_chapter_has_its_definition_and_its_n(scores):
    said = read(render(scores)).text()
    for word in ("Définition et calcul", "intervalle à 95 %", "n = 200 réponses", "distance d'énergie"):
        assert word in said
    assert "Ressemble à vous à 73 ± 22 ; modèle de base : 0 ± 0." in said
    assert "Ce double fait mieux que le modèle de base" in said


@pytest.mark.parametrize("part", PARTS)
def test_what_was_not_measured_is_said_with_its_reason(scores, part):
    scores[part] = {"reason": "Il n'y avait pas assez de réponses."}
    whole = read(render(scores)).text()
    assert "Non mesuré" in whole or part == "rivals"
    assert part == "rivals" or "il n'y avait pas assez de réponses." in whole
    for absent in (None, {}, [], "x", 3):
        scores[part] = absent
        assert read(render(scores)).text()
    del scores[part]
    read(render(scores, {}))


def test_nothing_at_all_is_still_a_page():
    said = read(render({})).text()
    assert said.count("Non mesuré") >= 8 and "Ressemblance : non mesurée." in said


def broken(value, chance, rng):
    """The same scores with leaves that are null, not a number, or of another kind."""
    if isinstance(value, dict):
        return {key: broken(inner, chance, rng) for key, inner in value.items()}
    if isinstance(value, list):
        return [broken(inner, chance, rng) for inner in value]
    return (
        rng.choice((None, float("nan"), float("inf"), "", [], {}, True, -1))
        if rng.random() < chance
        else value
    )


@pytest.mark.parametrize("seed", range(40))
def test_no_broken_number_reaches_the_page(scores, seed):
    rng = random.Random(seed)
    page = render(broken(scores, 0.02 + 0.02 * seed, rng), broken(scores, 0.2, rng))
    assert not re.search(r"\b(None|nan|NaN|inf|True|False)\b", read(page).text())
    assert not re.search(r'="(?:-?nan|-?inf|None)|nan%|inf%', page)


def test_a_form_that_holds_markup_is_only_a_form(scores):
    evil = '</td><script>alert("x")</script><b onload=x>&amp;'
    scores["double"] = scores["base_model"] = evil
    scores["tells"]["openers"]["over"] = [{"form": evil, "z": 5.0, "given": 9, "truth": 0}]
    scores["tells"]["given"]["emoji"] = [[evil, 0.5]]
    scores["tells"]["addresses"][0]["correspondent"] = evil
    scores["by_correspondent"][0]["correspondent"] = evil
    scores["rivals"][1]["label"] = scores["verdict"][0] = scores["leaks"]["reason"] = evil
    scores["leaks"] |= {"found": {evil: 1}, "replies_to_remove": [evil]}
    scores["versions"][evil] = scores["hashes"][evil] = scores["sampling"][evil] = evil
    page = render(scores, scores)
    names = {name for name, _ in read(page).tags}
    assert "script" not in names and "b" not in names and "<b onload" not in page
    assert "&lt;script&gt;" in page


def test_a_reader_of_the_ears_finds_everything(scores):
    """Headings in order, one main, each picture with its title and words, each table with its caption."""
    found = read(render(scores, scores))
    levels = [int(name[1]) for name, _ in found.tags if re.fullmatch(r"h[1-6]", name)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))
    assert [name for name, _ in found.tags].count("main") == 1
    ids = [given["id"] for _, given in found.tags if "id" in given]
    assert len(ids) == len(set(ids))
    pictures = [given for name, given in found.tags if name == "svg" and given.get("aria-hidden") != "true"]
    drawn = [given for given in pictures if given.get("class") != "free"]  # a mark inside a picture
    assert len(drawn) >= 8
    for given in drawn:
        assert given["role"] == "img"
        assert given["aria-labelledby"] in ids and given["aria-describedby"] in ids
    names = [name for name, _ in found.tags]
    assert names.count("table") == names.count("caption") >= 10
    assert all(given["href"][1:] in ids for name, given in found.tags if name == "a")


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_letters_stand_out_in_the_light_in_the_dark_and_on_paper(scores):
    style = render(scores).split("<style>")[1].split("</style>")[0]
    looks = [dict(COLOURS.findall(block)) for block in re.findall(r":root \{(.*?)\}", style, re.S)]
    assert len(looks) == 3
    for look in looks:
        page = luminance(look.get("page", "#ffffff"))
        for name in ("text", "muted", "accent", "green", "amber", "red"):
            light, dark = sorted((luminance(look.get(name, "#000000")), page), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (name, look)


def test_a_light_has_a_word_and_a_shape_of_its_own(scores):
    scores["memorisation"]["gate"], scores["leaks"]["gate"] = "red", "unknown"
    page = render(scores)
    top = page.split("<ol")[1].split("</ol>")[0]
    assert re.findall(r'class="light (\w+)"', top) == [
        "red",
        "red",
        "unknown",
    ]  # a copier's R counts for nothing
    assert top.count("Alerte") == 2 and "Non mesuré" in top
    assert len(set(re.findall(r'<path d="([^"]+)" class="shape">', top))) == 2


def test_the_first_light_is_green_only_where_the_double_surely_beats_its_base(scores):
    def first(page: str) -> str:
        return re.findall(r'class="light (\w+)"', page)[0]

    assert first(render(scores)) == "green"
    scores["likeness"]["gain"] |= {"value": 3.0, "low": -4.0, "high": 9.0}
    assert first(render(scores)) == "amber"
    scores["likeness"]["gain"] |= {"low": 1.0}
    assert first(render(scores)) == "green"
    scores["likeness"]["value"] = 32.0  # nearer to somebody else than to the person
    assert first(render(scores)) == "amber"
    scores["likeness"] |= {"value": None, "measurable": False}
    assert first(render(scores)) == "unknown"


def test_two_runs_side_by_side_say_what_is_sure(scores):
    other = copy.deepcopy(scores)
    other["double"] = "autre"
    other["likeness"] |= {"value": 20.0, "low": 12.0, "high": 28.0}
    other["memorisation"] |= {"value": 9.0, "low": 6.0, "high": 12.0}
    said = read(render(scores, other)).text()
    assert "sûr : A est mieux" in said and "pas sûr" in said and "B : autre" in said
    swapped = read(render(other, scores)).text()
    assert "sûr : B est mieux" in swapped and "sûr : A est mieux" not in swapped


def test_a_paired_difference_goes_before_the_one_made_of_two_intervals(scores):
    scores["against"] = {"double": "autre", "likeness": {"value": 7.0, "low": 1.0, "high": 13.0, "n": 200}}
    assert "+7, de 1 à 13" in read(render(scores, scores)).text()
    other = copy.deepcopy(scores)
    other["likeness"]["hashes"]["truth"] = "autre"
    said = read(render(scores, other)).text()
    assert "elles ne se comparent pas" in said and "+7, de 1 à 13" not in said


def test_places_are_told_and_long_lists_are_cut(scores):
    scores["leaks"] |= {"gate": "red", "value": 2, "replies_to_remove": [f"id{k}" for k in range(5000)]}
    page = render(scores)
    assert "id399" in page and "id400" not in page and "4 600 autres" in page.replace("\u202f", " ")


def test_real_measures_go_straight_on_the_page():
    given, truth = replies(30, 60, 2, strength=0.3), replies(30, 60, 1)
    seen = detect(given, truth, [replies(20, 60)])
    said = tells(given, truth, ["[AMI_1]"] * 30 + ["[AMI_2]"] * 30)
    page = read(render({"tells": said.to_json(), "detection": seen.to_json()})).text()
    assert "[AMI_2]" in page and "finit par un émoji" in page and "n = 60 réponses" in page
    assert not any(len(text) > 30 and text in page for text in [*given, *truth])
