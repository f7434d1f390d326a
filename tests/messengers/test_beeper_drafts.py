import random
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace

import pytest
from beeper_fake import TOKEN, BeeperFake
from loopback import serving

from sosie.messengers.beeper import OLDEST, BeeperDrafts
from sosie.messengers.beeper_api import Beeper
from sosie.messengers.drafts import Drafts
from sosie.messengers.service import NoAnswer, ServiceBusy, ServiceError, ServiceRefused

LEA, MALO = "!lea:beeper.local", "!malo/é?:beeper.local"


class Killed(BaseException):
    """As by kill -9: nothing of ours runs after it."""


class MortalDrafts(Drafts):
    fate = staticmethod(lambda: False)

    @contextmanager
    def change(self):
        with super().change() as change:
            yield change
            if self.fate():
                raise Killed
        if self.fate():
            raise Killed


@pytest.fixture
def desk(tmp_path):
    with ExitStack() as stack:
        yield make_desk(tmp_path, stack)


def make_desk(folder, stack, contacts=(LEA, MALO)):
    desk = SimpleNamespace(clock=1_790_000_000.0, told=[], asked=[], contacts=contacts)
    desk.fake = BeeperFake(lambda: desk.clock)
    for chat in (LEA, MALO):
        desk.fake.add_chat(chat)
    port = stack.enter_context(serving(desk.fake.answer))
    desk.beeper = Beeper(f"http://127.0.0.1:{port}", TOKEN)
    desk.drafts = MortalDrafts(folder / "brouillons.db")

    def write(turns):
        desk.asked.append(turns)
        return f"réponse à {turns[-1].text.splitlines()[-1]}"

    def start():
        given = desk.contacts, write, desk.told.append, 20.0, lambda: desk.clock
        desk.program = BeeperDrafts(desk.beeper, desk.drafts, *given)

    def step(seconds=30.0):
        desk.clock += seconds
        desk.program.step()

    desk.start, desk.step = start, step
    start()
    return desk


def test_a_draft_is_put_in_the_box_and_nothing_is_sent(desk):
    desk.fake.say(MALO, "tu viens ?")
    desk.step()
    desk.step()
    assert desk.fake.chats[MALO]["box"] == "réponse à tu viens ?"
    assert len(desk.fake.filled) == 1 and desk.fake.sent == []
    assert {method for method, _ in desk.fake.asked} == {"GET", "PATCH"}
    assert b"tu viens" not in desk.drafts._base.path.read_bytes()  # once it is there, nothing is kept


def test_what_the_person_is_writing_stays(desk):
    desk.fake.say(LEA, "tu viens ?")
    desk.fake.chats[LEA]["box"] = "ouais mais"
    desk.step()
    assert desk.fake.chats[LEA]["box"] == "ouais mais" and desk.asked == []


def test_a_person_who_began_to_write_meanwhile_keeps_their_words(desk):
    desk.fake.say(LEA, "tu viens ?")
    desk.program._write = lambda turns: desk.fake.chats[LEA].update(box="ouais") or "autre chose"
    desk.step()
    desk.step()
    assert desk.fake.chats[LEA]["box"] == "ouais" and desk.drafts.all() == []


def test_an_older_beeper_is_asked_to_show_the_draft(desk):
    desk.fake.since_2026 = False
    desk.fake.say(LEA, "tu viens ?")
    desk.step()
    desk.step()
    assert desk.fake.filled == [(LEA, "1", "réponse à tu viens ?")]
    assert ("POST", "/v1/focus") in desk.fake.asked


def test_only_conversations_of_two_on_the_list_are_even_read(desk):
    desk.fake.add_chat("!autre:beeper.local")
    desk.fake.say("!autre:beeper.local", "bonjour")
    desk.fake.chats[MALO]["type"] = "group"
    desk.fake.say(MALO, "salut le groupe")
    desk.step()
    assert desk.asked == [] and not [path for _, path in desk.fake.asked if "autre" in path]
    assert desk.told == [f"« {MALO} » est un groupe : rien n'y sera préparé."]


def test_a_conversation_that_beeper_does_not_know_is_told_and_left(desk):
    desk.contacts = ("!faux", LEA)
    desk.start()
    desk.fake.say(LEA, "tu viens ?")
    desk.step()
    assert desk.told[0] == "« !faux » n'est pas une conversation de Beeper : rien n'y sera préparé."
    assert len(desk.fake.filled) == 1


def test_no_draft_for_what_is_own_old_recent_hidden_or_without_words(desk):
    desk.fake.say(LEA, "tu viens ?")
    desk.step(OLDEST + 1)
    desk.fake.say(LEA, "", attachments=[{"type": "img"}])
    desk.step()
    desk.fake.say(LEA, "a réagi", isHidden=True)
    desk.step()
    desk.fake.say(LEA, "à peine dit")
    desk.step(2)
    desk.fake.say(LEA, "j'arrive", own=True)
    desk.step()
    assert desk.asked == []


def test_killed_before_the_box_is_filled_the_same_draft_is_put_there_once(desk):
    desk.fake.say(LEA, "tu viens ?")
    desk.drafts.fate = iter([False, True]).__next__
    with pytest.raises(Killed):
        desk.step()
    desk.drafts.fate = lambda: False
    desk.start()
    desk.step()
    desk.step()
    assert desk.fake.filled == [(LEA, "1", "réponse à tu viens ?")] and len(desk.asked) == 1


def test_killed_once_it_is_filled_a_draft_that_was_thrown_away_does_not_come_back(desk):
    desk.fake.say(LEA, "tu viens ?")
    desk.drafts.fate = iter([False, False, False, False, True]).__next__
    with pytest.raises(Killed):
        desk.step()
    assert desk.fake.chats[LEA]["box"]
    desk.drafts.fate = lambda: False
    desk.fake.chats[LEA]["box"] = ""
    desk.start()
    desk.step()
    desk.step()
    assert desk.fake.chats[LEA]["box"] == "" and desk.drafts.all() == []


@pytest.mark.parametrize(
    ("mood", "error"),
    [("busy", ServiceBusy), ("html", NoAnswer), ("error", NoAnswer), ("unreadable", NoAnswer)],
)
def test_what_goes_wrong_is_told_without_the_token(desk, mood, error):
    desk.fake.mood = lambda path: mood
    with pytest.raises(error) as raised:
        desk.step()
    assert TOKEN not in repr(raised.value) + raised.value.message + raised.value.mend
    assert TOKEN not in repr(desk.beeper._service)
    assert error is not ServiceBusy or raised.value.seconds == 3


def test_a_wrong_token_ends_it(desk):
    desk.beeper._service = type(desk.beeper._service)("Beeper Desktop", "", desk.beeper._service.url, "faux")
    with pytest.raises(ServiceRefused):
        desk.step()


def test_beeper_that_is_not_open_is_one_sentence(tmp_path):
    with ExitStack() as stack:
        port = stack.enter_context(serving(lambda *_: (200, {}, {})))
    with pytest.raises(NoAnswer, match="Beeper Desktop ne répond pas") as raised:
        Beeper(f"http://127.0.0.1:{port}", TOKEN).check()
    assert "Ouvrez Beeper Desktop" in raised.value.mend


def test_the_conversations_are_listed_with_their_numbers(desk):
    assert [number for number, _, _ in desk.beeper.chats_of_two()] == [LEA, MALO]


@pytest.mark.parametrize("events", [200, pytest.param(10_000, marks=pytest.mark.slow)])
def test_nothing_is_sent_nor_drafted_for_others_nor_twice_whatever_happens(tmp_path, events):
    chance, server = random.Random(3), random.Random(4)
    listed = [f"!c{number}" for number in range(4)]
    with ExitStack() as stack:
        desk = make_desk(tmp_path, stack, tuple(listed))
        chats = [*listed, "!autre", LEA]
        for chat in {*chats} - {LEA}:
            desk.fake.add_chat(chat)
        desk.fake.mood = lambda path: (
            server.choice(("busy", "html", "error")) if server.random() < 0.02 else "well"
        )
        desk.drafts.fate = lambda: server.random() < 0.01
        for number in range(events):
            chat = chance.choice(chats)
            match chance.choices(range(4), (50, 15, 20, 15))[0]:
                case 0:
                    desk.fake.say(chat, f"message {number} de {chat}")
                case 1:  # the person sends what is there, changed or not
                    text, desk.fake.chats[chat]["box"] = desk.fake.chats[chat]["box"], ""
                    desk.fake.say(chat, text or f"moi {number}", own=True)
                case 2:
                    desk.fake.chats[chat]["box"] = ""
                case 3:
                    desk.fake.chats[chat]["box"] = f"en train d'écrire {number}"
            if number % 3 == 0:
                go_on(desk)
        assert desk.fake.sent == [] and {method for method, _ in desk.fake.asked} == {"GET", "PATCH"}
        assert {chat for chat, _, _ in desk.fake.filled} <= {*listed}
        answered = [(chat, message) for chat, message, _ in desk.fake.filled]
        assert len(answered) == len({*answered}) and len(answered) > events / 50
        assert all(text.endswith(f"de {chat}") for chat, _, text in desk.fake.filled)


def go_on(desk):
    """One step; a killed program is started again."""
    try:
        desk.step(25.0)
    except ServiceError:
        pass
    except Killed:
        while True:
            try:
                desk.start()
                break
            except Killed:
                continue
