"""What the page is drawn with: figures in French, intervals, markup and axes."""

import pytest

from sosie.core.french_text import day, decimal, percent, plural, signed
from sosie.evaluate.measures.lengths import STARTS, lengths
from sosie.evaluate.report.html import Html, tag, text
from sosie.evaluate.report.intervals import Estimate, apart, area_of, mean_of, share_of
from sosie.evaluate.report.plots import Axis
from sosie.style.profile import Spread


def test_lengths_are_shares_in_bars_that_cover_all():
    found = lengths([0, 3, 3, 40, 900], [6, 7])
    assert sum(found.given) == pytest.approx(1) == sum(found.truth)
    assert len(found.labels) == len(STARTS) == len(found.given)
    assert dict(zip(found.labels, found.given, strict=True))["38+"] == pytest.approx(0.4)
    assert dict(zip(found.labels, found.truth, strict=True))["6-7"] == 1
    assert lengths([], [1]).given_n == 0 == sum(lengths([], [1]).given)


def test_numbers_as_french_writes_them():
    assert decimal(1234567.891, 2) == "1\u202f234\u202f567,89"
    assert (decimal(-0.04, 1), decimal(None), decimal(float("nan"))) == ("0,0", "–", "–")
    assert (signed(3.14, 1), signed(-3.0, 0), signed(0.0, 0)) == ("+3,1", "−3", "0")
    assert (percent(0.0), percent(0.004), percent(0.995), percent(1.0)) == (
        "0\u202f%",
        "0,4\u202f%",
        "99,5\u202f%",
        "100\u202f%",
    )
    assert (plural(0, "mot"), plural(1, "mot"), plural(2, "mot")) == ("0 mot", "1 mot", "2 mots")
    assert (day("2026-05-01"), day("2026-11-24T10:20:00+01:00"), day("hier")) == (
        "1er mai 2026",
        "24 novembre 2026",
        "hier",
    )


def test_intervals_against_hand_counts():
    assert mean_of(Spread(10.0, 2.0, 7, 10, 13), 100) == Estimate(
        10.0, pytest.approx(9.608, abs=1e-3), pytest.approx(10.392, abs=1e-3)
    )
    gap = apart(Estimate(5, 4, 7), Estimate(1, 0, 2))
    assert (gap.value, gap.low, gap.high) == (4, pytest.approx(4 - 2**0.5), pytest.approx(4 + 5**0.5))
    assert gap.sure and not apart(Estimate(5, 0, 9), Estimate(4, 1, 7)).sure
    assert apart(Estimate(5), Estimate(None)) == Estimate(None)
    assert share_of(1.2, 10) == Estimate(1.2) and share_of(0.5, 0) == Estimate(0.5)
    assert area_of(1.0, 9, 9) == Estimate(1.0)  # no interval that is sure of itself
    area = area_of(0.5, 100, 100)  # near the exact (n + m + 1) / 12nm under the null
    assert area.high - 0.5 == pytest.approx(1.96 * (201 / 120_000) ** 0.5, abs=2e-3)


def test_markup_escapes_all_but_its_own():
    assert tag("p", "<", Html("<br>"), None, title='"') == '<p title="&quot;">&lt;<br></p>'
    assert text("a\x00\u202eb « c » 71 ± 9 ?") == "ab «\u202fc\u202f» 71\u202f±\u202f9\u202f?"
    assert text("n = 3\ud800") == "n\u202f=\u202f3"


def test_what_is_outside_of_an_axis_stays_at_its_edge():
    axis = Axis(0, 100, (0, 100))
    assert axis.place(-40) == axis.place(0) == 2 and axis.place(900) == axis.place(100) == 98
    assert Axis(1, 1, ()).place(1) == 2
