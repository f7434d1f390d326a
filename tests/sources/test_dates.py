"""Which number is the day, and why."""

import pytest

from sosie.sources.values.date_order import calendar, decide


@pytest.mark.parametrize(
    "days, order, why",
    [
        (["05/03/24", "13/03/24"], "jour/mois/année", "1 date impossible"),
        (["13/03/24", "14/03/24"], "jour/mois/année", "2 dates impossibles"),
        (["1/4/23", "2/13/23"], "mois/jour/année", "impossible"),
        (["2024-03-05"], "année/mois/jour", "année"),
        (["24-03-05", "24-03-11", "24-04-02"], "année/mois/jour", "reculerait"),
        (["1/3/24", "2/3/24", "1/4/24"], "jour/mois/année", "reculerait"),
        (["05/03/24"], "jour/mois/année", "usage"),
        ([], "jour/mois/année", "usage"),
        (["13/03/24"] * 9 + ["03/25/24"], "jour/mois/année", "impossibles"),
    ],
)
def test_the_order_comes_with_its_reason(days, order, why):
    decided = decide(days)
    assert decided.order == order
    assert why in decided.reason


def test_french_notices_weigh_more_than_am_and_pm():
    assert decide(["05/03/24"], "fr", half_days=True).order == "jour/mois/année"
    assert decide(["05/03/24"], "en", half_days=True).order == "mois/jour/année"
    assert decide(["05.03.24"], "en", half_days=True).order == "jour/mois/année"


def test_days_that_do_not_exist_are_none():
    day_of = calendar("jour/mois/année")
    assert day_of("29/02/24") == (2024, 2, 29)
    assert day_of("29/02/2023") is None
    assert day_of("45/13/2024") is None
    assert day_of("١٥/٣/٢٠٢٤") == (2024, 3, 15)
