"""The words that exist: what may still become one, half characters, and whose words are kept."""

import lzma

import pytest

from sosie.models.catalogue import MINI
from sosie.models.lexicon import LEXICON, OWN_WORDS, Lexicon, lexicon_of, lexicon_of_double


@pytest.fixture(scope="module")
def small():
    return Lexicon(["le", "chat", "café", "cafés", "biscarrat"])


@pytest.mark.parametrize(
    "text", ["", "le ch", "LE Café", "le chat, 12 cafés !", "caf\ufffd", "chat\ufffd", "🌻"]
)
def test_what_is_or_may_become_words_is_allowed(small, text):
    assert small.allows(text)


@pytest.mark.parametrize("text", ["le chi", "chats", "ch le", "biscarra\ufffd", "caf\ufffd\ufffd", "zz"])
def test_what_can_become_no_word_is_refused(small, text):
    assert not small.allows(text)


def test_a_text_ends_with_a_whole_word(small):
    assert small.allows("le chat", ended=True)
    assert not small.allows("le cha", ended=True)


def test_mini_s_lexicon_is_small_and_knows_everyday_french():
    lexicon = lexicon_of(MINI)
    assert (MINI / LEXICON).stat().st_size < 1 << 20
    assert all(word in lexicon for word in ("aujourd", "hui", "mangé", "cœur", "mdr", "tkt", "léa"))
    assert not any(word in lexicon for word in ("enceindre", "maïdaine", "clux"))


def test_a_damaged_lexicon_refuses_nothing(tmp_path):
    assert lexicon_of(tmp_path) is None
    for bad in (b"plain", lzma.compress(b"chat\n" * 99)[:-9], lzma.compress(b"\xff\xfe")):
        (tmp_path / LEXICON).write_bytes(bad)
        assert lexicon_of(tmp_path) is None


def test_a_double_without_the_person_s_words_refuses_nothing(tmp_path):
    assert lexicon_of_double(MINI, tmp_path) is None
    (tmp_path / OWN_WORDS).write_text("zouplà", encoding="utf-8")
    assert "zouplà" in lexicon_of_double(MINI, tmp_path)
    assert lexicon_of_double(tmp_path, tmp_path) is None
