"""A piece that mini never met is not one that a text is cut in: a double could not learn to write it."""

from sosie.models.catalogue import MINI
from sosie.models.tokenizer_files import read_tokenizer
from tools.mini.unlearnt import unlearnt_pieces, without_merges

HABITS = ("hihi", "ptit", "tmtc", "ajd", "keske", "🤷", "🙈", "😂", "😭", "🔥", "😍")


def test_an_unlearnt_piece_loses_its_merge_unless_a_learnt_one_is_made_of_it():
    merges = [["h", "i"], ["hi", "hi"], ["k", "k"], ["kk", "o"], ["z", "z"]]
    assert without_merges(merges, {"hihi", "kk", "zz"}) == [["h", "i"], ["k", "k"], ["kk", "o"]]
    assert without_merges(merges, set()) == merges


def test_all_that_a_person_writes_after_a_word_is_cut_in_pieces_that_mini_knows():
    tokenizer = read_tokenizer(MINI)
    unlearnt = unlearnt_pieces(MINI, tokenizer.get_vocab())
    for habit in HABITS:
        text = f"ok {habit}"
        ids = tokenizer.encode(text, add_special_tokens=False)
        assert unlearnt.isdisjoint(tokenizer.convert_ids_to_tokens(ids)), habit
        assert tokenizer.decode(ids) == text
