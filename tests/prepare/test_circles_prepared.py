"""Each dialogue of data/ says how its correspondent is written to, where the person has several manners."""

from dataclasses import replace

from sosie.cli.prepare import circles
from sosie.core.circles import count_circles
from sosie.core.dialogue import Dialogue, Origin, Turn
from sosie.prepare.circles import in_circles
from sosie.prepare.split import Parts

FRIENDS, WORK = ("t'es où toi", "nan c'est pas grave 😂"), ("Je vous envoie le devis.", "Vous ne payez rien.")


def talks(lines, who, count, **origin):
    about = Origin(**{"correspondents": (who,), "conversation": f"c-{who}", **origin})
    return [Dialogue((Turn("user", "?"), Turn("assistant", lines[n % 2])), about) for n in range(count)]


def parts(*train, test=()):
    return Parts(tuple(d for some in train for d in some), (), tuple(test))


def both(test=()):
    return parts(talks(FRIENDS, "[AMI_1]", 80), talks(WORK, "[AMI_2]", 60), test=test)


def test_every_dialogue_has_its_circle_and_the_terminal_tells_them():
    found = in_circles(both())
    counts = count_circles(found.train)
    assert list(counts.values()) == [80, 60] and all("oiement" in name for name in counts)
    assert {d.origin.circle for d in found.train[:80]} == {next(iter(counts))}
    assert "60 réponses" in circles(counts) and circles({}) == ""


def test_the_test_is_labelled_by_what_was_learnt_and_teaches_nothing():
    seen, unseen = talks(WORK, "[AMI_2]", 3), talks(WORK, "[AMI_9]", 200)
    found = in_circles(both(test=[*seen, *unseen]))
    assert {d.origin.circle for d in found.test[:3]} == {found.train[-1].origin.circle} != {""}
    assert {d.origin.circle for d in found.test[3:]} == {""}


def test_one_manner_leaves_the_parts_as_they_are_and_takes_an_older_label_away():
    alike = parts(talks(FRIENDS, "[AMI_1]", 80), talks(FRIENDS, "[AMI_2]", 60))
    assert in_circles(alike) == alike
    older = [replace(d, origin=replace(d.origin, circle="d'avant")) for d in alike.train]
    assert in_circles(parts(older)) == alike


def test_a_group_is_one_addressee_and_words_that_were_not_typed_do_not_count():
    crowd = talks(WORK, "", 60, group=True, correspondents=("[AMI_1]", "[AMI_3]"), conversation="g")
    found = in_circles(parts(talks(FRIENDS, "[AMI_1]", 80), crowd))
    assert len(count_circles(found.train)) == 2
    for how in ("generated", "transcribed"):
        said = parts(talks(FRIENDS, "[AMI_1]", 80), talks(WORK, "[AMI_2]", 60, **{how: True}))
        assert in_circles(said) == said


def test_what_is_with_nobody_named_is_in_no_circle():
    """A data set has conversations and no correspondents: its subjects are no circles."""
    sets = [
        talks(FRIENDS, "", 80, correspondents=()),
        talks(WORK, "", 60, correspondents=(), conversation="e"),
    ]
    assert in_circles(parts(*sets)) == parts(*sets)
