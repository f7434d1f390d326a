"""M against its definition, word by word; what is flagged; what it costs."""

import time
from random import Random

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as some

from sosie.core.dialogue import Dialogue, Origin, Turn
from sosie.evaluate.measures.likeness import likeness
from sosie.evaluate.measures.memorisation import memorisation, to_remove
from sosie.evaluate.measures.verbatim import Trace, words_of
from sosie.evaluate.personas import SITTERS, replies

EIGHT = "un deux trois quatre cinq six sept huit"
STORY = "ma marraine a repeint la barque verte derrière la chapelle un soir de grêle"
NEW = [f"rien de tout cela ne fut écrit avant ce {number} là" for number in range(60)]


def m(given, training, truth=()):
    return memorisation(given, truth, training).value


def brute_runs(words, training):
    """For each word, the longest run that ends there and stands in one training reply."""
    joined = [f" {' '.join(reply)} " for reply in training]
    told = []
    for end in range(1, len(words) + 1):
        runs = (
            end - start for start in range(end) if any(f" {' '.join(words[start:end])} " in r for r in joined)
        )
        told.append(max(runs, default=0))
    return told


sentences = some.lists(some.sampled_from(["a", "b", "c"]), max_size=12)


@settings(max_examples=200, deadline=None)
@drawn(some.lists(sentences, max_size=5), some.lists(sentences, max_size=5))
def test_the_trace_finds_the_longest_runs_and_where_they_are(some_replies, training):
    for words, told in zip(some_replies, Trace(some_replies).read(training), strict=True):
        assert [length for length, _ in told] == brute_runs(words, training)
        for end, (length, where) in enumerate(told, 1):
            run = " ".join(words[end - length : end])
            assert length == 0 or f" {run} " in f" {' '.join(training[where])} "


def test_a_trace_can_be_read_with_other_texts_afterwards():
    trace = Trace([["a", "b"]])
    assert trace.read([["a", "b"]]) == [[(1, 0), (2, 0)]]
    assert trace.read([["x"], ["b"]]) == [[(0, -1), (1, 1)]]


def test_words_are_letters_and_digits_with_their_accents():
    assert words_of("J’ai 2 AMIS, là !") == ("j", "ai", "2", "amis", "là")
    assert words_of("e\u0301te\u0301") == ("été",) != words_of("ete")


def test_eight_words_in_a_row_count_and_seven_do_not():
    assert m([f"neuf {EIGHT} dix"], [f"zéro {EIGHT}, onze"]) == pytest.approx(80)
    assert m([f"neuf {EIGHT[3:]} dix"], [EIGHT]) == 0


def test_overlapping_runs_are_counted_once():
    training = [EIGHT, "cinq six sept huit neuf dix onze douze"]
    assert m([f"{EIGHT} neuf dix onze douze fin"], training) == pytest.approx(100 * 12 / 13)


def test_a_run_must_stand_in_one_training_reply():
    assert m([f"{EIGHT} neuf"], ["un deux trois quatre", "cinq six sept huit neuf"]) == 0


def test_case_and_punctuation_hide_no_copy():
    assert m(["UN, deux... trois quatre ! cinq six sept huit 😂"], [EIGHT]) == 100


def test_a_short_reply_is_a_copy_only_where_training_has_it_whole_and_rarely():
    short = "on se voit devant chez toi"
    assert m([short], [short]) == m([short], [short] * 2) == 100
    assert m([short], [short] * 3) == 0
    assert m([short], [f"{short} demain"]) == 0


def test_replies_under_four_words_are_nobodys():
    found = memorisation(["ça marche", EIGHT], [], ["ça marche", "autre chose"])
    assert (found.n, found.value) == (1, 0)


def test_what_the_person_repeats_anyway_is_taken_away():
    other = "neuf dix onze douze treize quatorze quinze seize"
    found = memorisation([EIGHT, EIGHT, EIGHT, other], [EIGHT, other], [EIGHT])
    assert (found.copied_share, found.natural_share) == (0.75, 0.5)
    assert found.value == pytest.approx(100 * (0.75 - 0.5) / (1 - 0.5))
    assert memorisation([other], [EIGHT, other], [EIGHT]).value == 0  # never below


def test_a_copier_is_red_and_its_places_are_told():
    training = [*NEW, STORY]
    found = memorisation([STORY, *NEW[:9]], ["tout autre chose que ce qui est dit plus haut"], training)
    assert (found.value, found.low, found.high, found.gate) == (100, 100, 100, "red")
    assert found.longest_run == len(words_of(STORY)) and found.n == 10
    assert (found.copied[0].reply, found.copied[0].training) == (0, 60)
    assert STORY not in repr(found)


def test_new_replies_are_green_and_too_few_of_them_unknown():
    training = ["il pleut sur la lande et personne ne sort ce soir"]
    assert memorisation(NEW, [], training).gate == "green"
    few = memorisation(NEW[:49], [], training)
    assert (few.value, few.gate) == (0, "unknown") and "50" in few.reason


@pytest.mark.parametrize(
    ("given", "truth", "training"), [([], [], [EIGHT]), ([EIGHT], [], []), ([EIGHT], [EIGHT], [EIGHT])]
)
def test_where_nothing_can_be_compared_there_is_no_number(given, truth, training):
    found = memorisation(given, truth, training)
    assert found.value is found.low is found.high is None
    assert found.gate == "unknown" and found.reason


def test_the_interval_holds_the_value_and_a_high_end_is_red():
    given = [STORY if number % 50 == 0 else text for number, text in enumerate(NEW)]
    found = memorisation(given, NEW, [STORY])
    assert found.low < found.value < found.high
    assert found.gate == "red"
    assert memorisation(given, NEW, [STORY]) == found


def test_a_planted_reply_is_flagged_however_often_it_was_planted_and_inside_another():
    for times in (1, 8):
        found = memorisation([f"ah {STORY} mdr", *NEW], [], [STORY] * times)
        assert [copied.reply for copied in found.copied] == [0]


def test_a_code_is_flagged_in_however_few_words():
    code, habit = "le code c'est 48213", "bon ben à tout à l'heure"
    found = memorisation([f"attends {code} je crois", f"ok {habit} alors"], [], [code, habit] * 8)
    assert [copied.reply for copied in found.copied] == [0]
    assert found.value == 0  # M itself counts neither


def test_a_parrot_resembles_and_is_red():
    for person in (29, 37):
        training, truth = replies(person, 200), replies(person, 200, 1)
        assert likeness(training, truth).value >= 80
        assert memorisation(training, truth, training).gate == "red"


def test_a_formula_that_the_person_still_uses_is_not_flagged():
    assert memorisation([STORY], [STORY, *NEW], [STORY, "bon"]).copied == ()


def test_other_peoples_replies_are_hardly_ever_flagged():
    """All draw from one content pool, which is far more alike than people are."""
    for own in (31, 36, 42):
        others = [text for number in SITTERS if number != own for text in replies(number, 27, 5)][:500]
        found = memorisation(others, replies(own, 200, 1), replies(own, 600))
        assert len(found.copied) <= 10


def test_the_ids_of_the_messages_to_remove_are_told():
    said = (
        Turn("user", "et alors ?"),
        Turn("assistant", "rien"),
        Turn("user", "et ?"),
        Turn("assistant", STORY),
    )
    dialogues = [
        Dialogue((Turn("user", "?"), Turn("assistant", "non"))),  # of a file that knows no ids
        Dialogue(said, Origin(replies=(("a",), ("b", "c")))),
    ]
    found = memorisation([STORY], [], [reply for d in dialogues for reply in d.replies])
    assert to_remove(found, dialogues) == ("b", "c")


def test_ten_thousand_training_replies_and_a_thousand_generations_take_less_than_two_seconds():
    chance = Random(0)
    vocabulary = [f"mot{number}" for number in range(3000)]
    training = [" ".join(chance.choices(vocabulary, k=chance.randint(1, 30))) for _ in range(10_000)]
    memorisation(NEW, [], NEW)  # the background is read once
    started = time.process_time()
    found = memorisation([*training[:500], *training[-500:]], training[500:700], training)
    assert time.process_time() - started < 2
    assert found.longest_run == 30


def test_one_reply_repeated_without_end_takes_no_longer():
    started = time.process_time()
    memorisation(["a " * 5000] * 20, [], ["a " * 5000] * 20)
    assert time.process_time() - started < 4
