"""The pages are short, their links lead somewhere, and the figures in them are those of the results."""

import json
import re

import pytest
from pages import PAGES, ROOT, links, named, prose

from sosie.core.source_table import SOURCE_ROWS
from sosie.models.catalogue import catalogue
from tools import make_commands_page

MOST_WORDS = 600
DOCS = ROOT / "docs"
RESULTS = ROOT / "benchmarks" / "results"


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def anchors(text):
    """« ## Sans carte graphique : Colab » -> « sans-carte-graphique--colab », as web pages name titles."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_every_link_leads_somewhere(path):
    for link in links(path):
        if "://" in link:
            continue
        target, _, anchor = link.partition("#")
        there = (path.parent / target).resolve() if target else path
        assert there.exists(), f"{named(path)} leads to « {link} »"
        assert not anchor or anchor in anchors(there.read_text(encoding="utf-8")), f"{named(path)}: {link}"


def test_every_page_can_be_reached_from_the_readme():
    seen, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        seen.add(page)
        there = (
            (page.parent / link.partition("#")[0]).resolve() for link in links(page) if "://" not in link
        )
        waiting += [path for path in there if path.suffix == ".md" and path not in seen]
    assert set(PAGES) <= seen


@pytest.mark.parametrize("name", ["docs/architecture.md", "CONTRIBUTING.md", "benchmarks/README.md"])
def test_the_files_that_developers_are_sent_to_are_there(name):
    roots = (ROOT, ROOT / "src" / "sosie", ROOT / "benchmarks")
    told = set(re.findall(r"(?<![\w*/.])[\w-]+(?:/[\w-]+)*\.py\b", read(name)))
    assert not [path for path in told if not any((root / path).is_file() for root in roots)]


def test_results_that_pages_cite_are_there():
    for path in PAGES:
        for name in re.findall(r"`(?:benchmarks/)?results/([\w.*-]+)`", path.read_text(encoding="utf-8")):
            assert list(RESULTS.glob(name)), f"{named(path)} cites « {name} »"


@pytest.mark.parametrize("name", ["README.md", "README.en.md"])
def test_the_readme_is_read_in_three_minutes(name):
    assert len(prose(ROOT / name).split()) <= MOST_WORDS


def test_the_page_of_commands_is_current():
    assert make_commands_page.PAGE.read_text(encoding="utf-8") == make_commands_page.page(), (
        "python tools/make_commands_page.py"
    )


def test_every_source_is_on_the_page_of_exports():
    page = read("docs/exports.md")
    assert not [row.name for row in SOURCE_ROWS if f"`{row.name}`" not in page]


def test_a_recipe_of_rank_16_on_q_and_v_weighs_what_the_page_says():
    card = catalogue()["vigostral"]
    learnt = sum(16 * (one.into + one.out) for one in card.linears if one.name in ("q_proj", "v_proj"))
    share, wide, narrow = 100 * learnt / card.parameters, 4 * learnt / 1e6, 2 * learnt / 1e6
    figures = f"{learnt / 1e6:.2f} millions", f"{share:.2f} %", f"{wide:.1f} Mo", f"{narrow:.1f} Mo"
    assert_said("docs/colab.md", *figures)


def test_the_figures_of_the_measures_are_those_of_the_results():
    doubles = json.loads((RESULTS / "doubles-20261129-005300.json").read_text(encoding="utf-8"))
    minister, *invented = doubles["rows"]
    r, gain = minister["likeness"], minister["gain"]
    values = [row["likeness"]["value"] for row in invented]
    harder = [row["forgetting"]["change_percent"] for row in invented]
    again = [row["forgetting"] for one in doubles["another_training"].values() for row in one.values()]
    assert not any(row["memory"]["value"] for row in doubles["rows"])
    assert_said(
        "docs/mesurer.md",
        f"{r['value']:.0f} ({r['low']:.0f} à {r['high']:.0f}) | {r['n']} | {minister['base']['value']:.0f} |",
        f"{gain['value']:.0f} ({gain['low']:.1f} à {gain['high']:.0f})",
        f"{min(values):.0f} à {max(values):.0f}",
        f"+{min(harder):.1f} à +{max(harder):.1f} %",
        f"{min(again):.1f} à {max(again):.1f} %",
    )


def test_the_figures_of_forgetting_and_of_the_lights_are_those_of_the_results():
    told = json.loads((RESULTS / "voices-20261129-002837.json").read_text(encoding="utf-8"))
    voices = [voice["default"] for voice in told["voices"].values()]
    harder = [voice["neutral_harder_percent"] for voice in voices]
    gained = [100 * (1 - voice["loss"] / voice["base"]) for voice in voices]
    memory = json.loads((RESULTS / "memory-20261128-175832.json").read_text(encoding="utf-8"))
    bad, clean = memory["over_fitted"], memory["clean"]
    assert bad["given_away"] == bad["flagged_of_them"] == bad["answers"]
    assert clean["m"] == clean["f"] == 0
    assert_said(
        "docs/mesurer.md",
        f"{min(harder):.1f} à {max(harder):.1f} % plus difficile",
        f"{min(gained):.1f} à {max(gained):.1f} %",
        f"{bad['given_away']} réponses\nsur {bad['answers']}",
        f"{clean['f_of']} réponses, et {100 * clean['flagged_of_others']:.1f} %",
    )


def test_the_figures_of_the_masks_are_those_of_the_results():
    told = json.loads((RESULTS / "masks-20261130-184317.json").read_text(encoding="utf-8"))
    recalls = [share for classes in told["recall"].values() for share in classes.values()]
    assert {len(classes) for classes in told["recall"].values()} == {31}
    assert not told["hard_negatives_altered"]
    assert_said(
        "docs/confidentialite.md",
        f"{told['planted']} données plantées",
        f"{int(1000 * min(recalls)) / 10} à {100 * max(recalls):.0f} %",
        f"{told['hard_negatives']} phrases",
        f"{told['ordinary'] // 1000} 000 phrases ordinaires, {told['ordinary_altered']} le sont",
    )


def test_the_figures_of_the_names_are_those_of_the_results():
    told = json.loads((RESULTS / "names-20261130-184300.json").read_text(encoding="utf-8"))

    def least(what, known=""):
        return f"{int(1000 * min(one[what] for s in 'abcde' for one in told[s + known].values())) / 10:g} %"

    assert_said(
        "docs/confidentialite.md",
        f"{told['lines']} lignes",
        f"au moins {least('all')} des noms sont trouvés, {least('plain')} de ceux qui ne sont pas des mots",
        f"{least('homographs')} des autres, et {least('all', ' known')} des noms que l'export fait connaître",
        f"{told['raw tatoeba_phrases'] + told['raw framabook_cc0']:,} changent".replace(",", " "),
    )


def assert_said(page, *figures):
    """Each figure stands in the page, written in French, however its lines are cut."""
    text = " ".join(read(page).split())
    missing = [one for one in figures if " ".join(one.replace(".", ",").split()) not in text]
    assert not missing, f"{page} does not say {missing}"
