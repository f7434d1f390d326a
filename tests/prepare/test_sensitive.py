"""What the RGPD's article 9 protects is shown for review, and never dropped."""

import pytest

from sosie.prepare.sensitive import flags


@pytest.mark.parametrize(
    ("text", "categories"),
    [
        ("il a commencé la chimio", ("santé",)),
        ("DEPRESSION", ("santé",)),
        ("elle a fait une fausse couche", ("santé",)),
        ("t'as voté macron ? et le ramadan ?", ("opinions", "religion")),
        ("je suis syndiqué à la cgt", ("syndicat",)),
        ("il est gay", ("sexualité",)),
        ("salut, on mange où ?", ()),
        ("", ()),
    ],
)
def test_a_text_is_flagged_by_its_words(text, categories):
    assert flags(text) == categories
