"""Bytes of all sorts become the same text."""

import pytest
from exports_on_the_spot import read, said

from sosie.sources.files.decoding import encoding_of

TEXT = "01/02/2024, 10:00 - Zoé: ça va « très » bien, l'œuf\n01/02/2024, 10:01 - Léo: été\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_each_encoding_gives_the_same_words(encoding, messages):
    assert said(messages(TEXT, encoding=encoding)) == [("Zoé", "ça va « très » bien, l'œuf"), ("Léo", "été")]


def test_one_bad_byte_costs_one_sign(tmp_path):
    path = tmp_path / "chat.txt"
    path.write_bytes((TEXT * 3).encode().replace("été".encode(), b"\xf0\x9f\x98", 1))
    found = said(read(path))
    assert len(found) == 6
    assert found[1][1].startswith("\ufffd") and found[3] == ("Léo", "été")


def test_a_stray_zero_byte_does_not_make_a_chat_unreadable(tmp_path):
    path = tmp_path / "chat.txt"
    path.write_bytes((TEXT * 9).encode().replace(b"bien", b"bi\0en", 1))
    assert len(read(path)) == 18


@pytest.mark.parametrize("data", [b"%PDF-1.7\0\0", bytes(range(256)), b"\x89PNG\r\n\x1a\n\0\0"])
def test_what_is_not_text_is_none(data):
    assert encoding_of(data * 100) is None
