"""What of a run is a person's: the words of a double that are not French."""

from sosie.core.workspace import Workspace
from sosie.forget.learnt import clean_own_words
from sosie.models.lexicon import OWN_WORDS


def test_a_person_s_name_leaves_the_word_lists_of_doubles(tmp_path):
    path = tmp_path / "runs" / "lea" / "double" / OWN_WORDS
    path.parent.mkdir(parents=True)
    path.write_text("chuis\npaulo\nroh", encoding="utf-8")
    clean_own_words(Workspace(tmp_path), lambda word: "[RETIRÉ_1]" if word == "paulo" else word)
    assert path.read_text(encoding="utf-8").split() == ["chuis", "roh"]
    assert path.stat().st_mode & 0o777 == 0o600
