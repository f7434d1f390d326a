"""The page, from a real evaluation: each figure is on it, and nothing that it may not show."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from evaluate.sitting import data, faithful, parrot

from sosie.evaluate.measures.differences import Form, Forms
from sosie.evaluate.measures.forgetting import not_measured
from sosie.evaluate.report.habits import RATES
from sosie.evaluate.report.page import render
from sosie.evaluate.scores import Against, Scores

VOID = {"meta", "br", "hr", "col", "input", "img", "link"}
RATED = "|".join(name for name, _ in RATES)
COLOURS = re.compile(r"--(\w+): (#[0-9a-f]{6})")
# Figures of the JSON that are not on the page, with what stands there instead.
UNSHOWN = re.compile(
    "|".join(
        (
            r"^format$|\w\.seed$",  # the seed of the scores
            r"^likeness\.base\.",  # the first rival is the base
            r"^likeness\.gain\.",  # the first light, and the first rival's difference
            r"energy$|\.measurable$|\.others$|\.invented_floor$",  # R, and its warnings
            r"^likeness\.raw(_low|_high)?$",  # where R is cut at 0, refused, or touches 100
            r"^referee\.(words\.share$|\w+\.lag_low$)|^referee\.fall\.n$",  # unknown_words; « à côté »
            r"contributions\[0\]\.(given|truth)$",  # the means of the two profiles
            r"^(rivals|by_correspondent)\[0\]\.likeness\.(contributions|drift|raw)",  # the double's own
            r"^by_circle\[0\]\.(likeness\.(contributions|drift|raw)|others\[0\]\.likeness\.(drift|raw|n$))",
            r"^rivals\[0\]\.(difference\.n|memorisation\.(low|high|n|gate))$",  # M alone, in a table
            r"\.lines\.(low|middle|high|deviation)$|\.habits\.\w+\.(low|middle|high)$",  # the mean
            rf"\.habits\.(?!({RATED})\.)",  # the dozen that weigh most, and those of the rates
            r"\.(given|truth)\.(openers|closers)",  # the forms that one side says more
            r"^tells\.lengths\.\w+_n$",  # the replies of each profile
            r"^memorisation\.(n_truth|\w+_share|membership\.gate)$|^leaks\.generations",  # M, and F
            r"^french\.base\.(low|high|own_share|template_leaks|n|judged|own_judged|gate)$",  # its shares
        )
    )
)


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


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Each figure with its path; of a list, those of its first item, which stands for the others."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value:
        yield from leaves(value[0], f"{path}[0]")
        if isinstance(value[0], str) and len(value) == 2:  # (form, share)
            yield from leaves(value[1], f"{path}[1]")
    elif value is not None and not isinstance(value, list):
        yield path, value


def changed(scores: Scores, path: str, to: Any) -> Scores:
    """The same scores with one figure of their JSON changed."""
    record = inner = scores.to_record()
    *way, last = [int(step) if step.isdigit() else step for step in re.findall(r"[^.\[\]]+", path)]
    for step in way:
        inner = inner[step]
    inner[last] = to
    return Scores.from_json(json.dumps(record), scores.folder)


def another(path: str, value: Any) -> Any:
    """Another figure, or None for words; the sampling keeps within its bounds."""
    if isinstance(value, bool):
        return not value
    if path == "verdict":
        return "grey"
    if isinstance(value, str):
        return {"green": "red", "red": "unknown", "unknown": "red"}.get(value)
    if path.startswith("sampling.") and isinstance(value, float):
        return 0.73
    return value + (7 if isinstance(value, int) else 7.71)


def test_each_figure_of_the_scores_is_on_the_page(scores):
    """Changed in the JSON, it changes on the page: a figure that the page no longer reads fails here."""
    page = render(scores)
    unread = [
        path
        for path, value in leaves(scores.to_record())
        if (other := another(path, value)) is not None  # of words, the lights alone
        and not UNSHOWN.search(path)
        and render(changed(scores, path, other)) == page
    ]
    assert unread == []


def test_the_same_scores_give_the_same_bytes(scores):
    again = Scores.from_json(json.dumps(scores.to_record()), scores.folder)
    assert again == scores and render(again) == render(scores)
    assert render(again, scores) == render(scores, again)


def test_one_file_that_is_light_french_and_asks_nobody(scores):
    page = render(scores, scores)
    assert len(page.encode()) < 1_000_000
    assert not re.search(r"https?://|//\w|url\(|@import|<script|<link|<img|<iframe|\bsrc=|\son\w+=", page)
    assert page.startswith('<!doctype html>\n<html lang="fr">') and "default-src 'none'" in page
    read(page)


def test_no_reply_of_anybody_stands_on_the_page(scores):
    page = render(scores)
    texts = [*faithful(), *parrot(), *(reply for talk in data().held for reply in talk.replies)]
    assert not any(text in page for text in texts if len(text) > 30)


def test_every_chapter_has_its_definition_and_its_n(scores):
    text = read(render(scores)).text()
    for words in ("Définition et calcul", "intervalle à 95 %", "n = 120 réponses", "distance d'énergie"):
        assert words in text
    assert all(sentence.replace("\u202f", " ") in text for sentence in scores.sentences)
    assert "Ce double fait mieux que le modèle de base" in text and "[AMI_2]" in text


@pytest.mark.parametrize("part", ["likeness", "detection", "membership", "extraction", "leaks", "forgetting"])
def test_what_was_not_measured_is_said_with_its_reason(scores, part):
    why, memorisation = "Il n'y avait pas assez de réponses.", scores.memorisation
    without = {
        "likeness": {
            "likeness": replace(
                scores.likeness, value=None, low=None, high=None, raw=None, measurable=False, reason=why
            )
        },
        "detection": {"detection": None},
        "membership": {"memorisation": replace(memorisation, membership=None)},
        "extraction": {"memorisation": replace(memorisation, extraction=None)},
        "leaks": {"leaks": replace(scores.leaks, value=None, gate="unknown", reason=why)},
        "forgetting": {"forgetting": not_measured(why)},
    }[part]
    text = read(render(replace(scores, **without))).text()
    words = {"likeness": "non mesurable", "leaks": why, "forgetting": "il n'y", "detection": "dix réponses"}
    assert words.get(part, "Mémorisation M") in text and "None" not in text
    for card, of in (("Deviner l'appartenance", "membership"), ("Achever vos réponses", "extraction")):
        assert (card in text) == (part != of)


def test_a_figure_that_is_missing_or_of_another_kind_makes_no_scores(scores):
    """Whatever its place in the file: nothing is read with patience."""
    for path, value in leaves(scores.to_record()):
        wrong = 1 if isinstance(value, str) else "x"
        with pytest.raises(ValueError):
            changed(scores, path, wrong)
    for key in scores.to_record():
        record = scores.to_record()
        del record[key]
        with pytest.raises(ValueError):
            Scores.from_json(json.dumps(record), scores.folder)


@pytest.mark.parametrize(
    "path",
    [
        "memorisation.value",
        "memorisation.membership.auc",
        "leaks.value",
        "french.share",
        "forgetting.change_percent",
    ],
)
def test_a_missing_figure_turns_no_light_green(scores, path):
    gate = f"{path.rpartition('.')[0]}.gate"
    with pytest.raises(ValueError, match="green light"):
        changed(changed(scores, gate, "green"), path, None)
    assert changed(changed(scores, gate, "unknown"), path, None)


@pytest.mark.slow
def test_no_broken_number_reaches_the_page(scores):
    for path, _ in leaves(scores.to_record()):
        for broken in (None, float("nan"), float("inf")):
            try:
                page = render(changed(scores, path, broken), scores)
            except ValueError:  # no scores at all
                continue
            assert not re.search(r"\b(None|nan|NaN|inf|True|False)\b", read(page).text()), (path, broken)
            assert not re.search(r'="(?:-?nan|-?inf|None)|nan%|inf%', page), (path, broken)


def test_a_form_that_holds_markup_is_only_a_form(scores):
    evil = '</td><script>alert("x")</script><b onload=x>&amp;'
    tells = replace(
        scores.tells,
        openers=Forms((Form(evil, 5.0, 9, 0),), ()),
        given=replace(scores.tells.given, emoji=((evil, 0.5),)),
        addresses=(replace(scores.tells.addresses[0], correspondent=evil),),
    )
    page = render(
        replace(
            scores,
            double=evil,
            base_model=evil,
            tells=tells,
            by_correspondent=(replace(scores.by_correspondent[0], correspondent=evil),),
            by_circle=(replace(scores.by_circle[0], circle=evil, others=()),),
            rivals=(scores.rivals[0], replace(scores.rivals[1], label=evil)),
            sentences=(evil, evil, evil, evil),
            leaks=replace(scores.leaks, reason=evil, found={evil: 1}, replies_to_remove=(evil,)),
            versions={evil: evil},
            hashes={evil: evil},
        ),
        scores,
    )
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


def test_what_the_page_names_its_style_knows(scores):
    page = render(scores, scores)
    style, names = page.split("<style>")[1].split("</style>")[0], re.findall(r'class="([^"]+)"', page)
    assert not {name for given in names for name in given.split() if f".{name}" not in style}


def test_a_light_has_a_word_and_a_shape_of_its_own(scores):
    memorisation, leaks = replace(scores.memorisation, gate="red"), replace(scores.leaks, gate="unknown")
    page = render(replace(scores, memorisation=memorisation, leaks=leaks, counts=False))
    top = page.split("<ol")[1].split("</ol>")[0]
    lights = re.findall(r'class="light (\w+)"', top)
    assert lights == ["red", "amber", "red", "unknown"]  # a copier's R counts for nothing
    assert top.count("Alerte") == 2 and "À nuancer" in top and "Non mesuré" in top
    assert len(set(re.findall(r'<path d="([^"]+)" class="shape">', top))) == 3


def test_the_first_light_is_green_only_where_the_double_surely_beats_its_base(scores):
    memorisation, leaks = replace(scores.memorisation, gate="green"), replace(scores.leaks, gate="green")

    def first(value: float | None = 72.0, **gain: float) -> str:
        gained = replace(scores.likeness.gain, **gain)
        likeness = replace(scores.likeness, value=value, gain=gained)
        page = render(replace(scores, likeness=likeness, memorisation=memorisation, leaks=leaks, counts=True))
        return re.findall(r'class="light (\w+)"', page.split("<ol")[1])[0]

    assert first(low=1.0) == "green"
    assert first(value=32.0, low=1.0) == "amber"  # nearer to somebody else than to the person
    assert first(low=-4.0, high=9.0) == "amber"
    assert first(value=None) == "unknown"


def test_two_runs_side_by_side_say_what_is_sure(scores):
    copying = replace(scores.memorisation, value=9.0, low=6.0, high=12.0)
    plain = replace(scores.memorisation, value=0.0, low=0.0, high=0.5)
    one, other = replace(scores, memorisation=plain), replace(scores, double="autre", memorisation=copying)
    text = read(render(one, other)).text()
    assert "sûr : A est mieux" in text and "pas sûr" in text and "B : autre" in text
    swapped = read(render(other, one)).text()
    assert "sûr : B est mieux" in swapped and "sûr : A est mieux" not in swapped


def test_a_paired_difference_goes_before_the_one_made_of_two_intervals(scores):
    gap = replace(scores.likeness.gain, value=7.0, low=1.0, high=13.0)
    both = replace(scores, against=Against("autre", gap))
    assert "+7, de 1 à 13" in read(render(both, scores)).text()
    hashes = {**scores.likeness.hashes, "truth": "autre"}
    other = replace(scores, likeness=replace(scores.likeness, hashes=hashes))
    text = read(render(both, other)).text()
    assert "elles ne se comparent pas" in text and "+7, de 1 à 13" not in text


def test_places_are_told_and_long_lists_are_cut(scores):
    ids = tuple(f"id{k}" for k in range(5000))
    page = render(replace(scores, leaks=replace(scores.leaks, replies_to_remove=ids)))
    assert "id399" in page and "id400" not in page and "4 600 autres" in page.replace("\u202f", " ")
