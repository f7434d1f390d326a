"""A WhatsApp export, or its messages, from a text."""

import pytest
from exports_on_the_spot import read, write


@pytest.fixture
def export(tmp_path):
    def make(text, name="Discussion WhatsApp avec Zoé.txt", encoding="utf-8"):
        return write(tmp_path / name, text, encoding)

    return make


@pytest.fixture
def messages(export):
    return lambda text, **given: read(export(text, **given))
