"""Those to whom a person writes alike, found by how they are written to; one manner stays one."""

import time
from itertools import cycle, islice

from sosie.evaluate.personas import SITTERS, replies
from sosie.style.circles import FEWEST_REPLIES, find_circles

TO_FRIENDS = (
    "t'es où ? jsp si je viens 😂",
    "nan c'est pas grave",
    "ouais t'inquiète 🙈",
    "mdr t'as vu ça",
    "je sais pas, tu fais quoi toi",
    "bah viens 😂",
)
TO_WORK = (
    "Bonjour, je ne peux pas venir jeudi, mais je vous envoie le compte rendu avant midi.",
    "Bonjour, vous trouverez le devis en pièce jointe. Je ne pense pas qu'il change.",
    "Bonjour, merci de votre retour, je regarde cela demain matin et je vous rappelle.",
    "Bonsoir, votre dossier est complet. Je ne manquerai pas de vous prévenir.",
)


def said(lines, count):
    return list(islice(cycle(lines), count))


def both():
    return {
        "[AMI_1]": said(TO_FRIENDS, 120),
        "[AMI_2]": said(TO_WORK, 70),
        "[AMI_3]": said(TO_FRIENDS[::-1], 40),
        "[AMI_4]": said(TO_WORK[::-1], 25),
        "[AMI_5]": said(TO_WORK, 8),
        "[AMI_6]": said(TO_FRIENDS, 6),
    }


def test_two_clear_circles_are_found_and_named_by_what_differs():
    friends, work = find_circles(both())
    assert friends.correspondents == ("[AMI_1]", "[AMI_3]", "[AMI_6]") and friends.replies == 166
    assert work.correspondents == ("[AMI_2]", "[AMI_4]", "[AMI_5]") and work.replies == 103
    assert friends.name.startswith("tutoiement") and work.name.startswith("vouvoiement")
    assert not any(word in f"{friends.name} {work.name}" for word in ("AMI", "[", "devis", "jeudi"))


def test_many_who_got_a_few_words_each_make_a_circle_together():
    many = {f"[AMI_{number}]": said(TO_WORK[number % 4 :], 5) for number in range(2, 22)}
    friends, work = find_circles({"[AMI_1]": said(TO_FRIENDS, 200), **many})
    assert friends.correspondents == ("[AMI_1]",) and work.replies == 100


def test_a_person_with_one_manner_has_no_circles_however_their_replies_are_dealt():
    for number in SITTERS[::3]:
        wrote = replies(number, 600, 1)
        lines = iter(wrote)
        uneven = {f"[AMI_{count}]": list(islice(lines, count)) for count in (300, 150, 80, 40, 20, 10)}
        assert find_circles(uneven) == (), number
        lines = iter(wrote)
        assert find_circles({f"[AMI_{at}]": list(islice(lines, 5)) for at in range(120)}) == (), number


def test_too_little_to_tell_is_one_manner():
    few = {"[AMI_1]": said(TO_FRIENDS, 60), "[AMI_2]": said(TO_WORK, FEWEST_REPLIES - 1)}
    assert find_circles(few) == ()
    assert find_circles({"[AMI_1]": said(TO_FRIENDS, 500)}) == () == find_circles({})
    assert find_circles({"[AMI_1]": ["", " "] * 80, "[AMI_2]": ["\n"] * 80}) == ()


def test_the_order_in_which_they_come_changes_nothing():
    assert find_circles(dict(reversed(both().items()))) == find_circles(both())


def test_no_two_of_four_circles_have_one_name():
    lines = {
        "[AMI_1]": said(TO_FRIENDS, 90),
        "[AMI_2]": said(TO_WORK, 80),
        "[AMI_3]": said(("Génial !!! Tu viens quand tu veux !", "Super ! Je t'attends !"), 70),
        "[AMI_4]": said(("je vous dis ça demain", "vous pouvez passer quand vous voulez"), 60),
    }
    found = find_circles(lines)
    assert len(found) == 4 == len({circle.name for circle in found})


def test_hundreds_of_thousands_of_replies_are_read_in_a_sample():
    many = {"[AMI_1]": said(TO_FRIENDS, 120_000), "[AMI_2]": said(TO_WORK, 80_000)}
    began = time.process_time()
    friends, work = find_circles(many)
    assert time.process_time() - began < 2
    assert (friends.replies, work.replies) == (120_000, 80_000)
