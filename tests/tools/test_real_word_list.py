"""A word that stands only once in all the French may be a slip: it does not count as known."""

import lzma

from tools.mini.real_words import french, share_unknown


def test_a_word_must_stand_twice_and_the_rest_is_unknown(tmp_path):
    for name, line in (("un", "Le chat dort, le filier"), ("deux", "un CHAT dort")):
        with lzma.open(tmp_path / f"{name}.jsonl.xz", "wt", encoding="utf-8") as file:
            file.write(line)
    known = french(tmp_path)
    assert known == {"le", "chat", "dort"}
    assert share_unknown(["le chat", "dort filier"], known) == 0.25
    assert share_unknown([], known) == 0.0
