import random
import socket
import stat
from contextlib import ExitStack, contextmanager

import pytest
from loopback import serving
from telegram_fake import OWNER, TOKEN, TelegramFake

from sosie.core.errors import BadSettings
from sosie.messengers.drafts import Drafts
from sosie.messengers.service import NoAnswer, ServiceBusy, ServiceError, ServiceRefused, keep_going
from sosie.messengers.telegram import KEPT_SECONDS, TelegramDrafts
from sosie.messengers.telegram_api import Bot

LEA, MALO, STRANGER = 501, 502, 666
CODE = "c0de"


class Killed(BaseException):
    """As by kill -9: nothing of ours runs after it."""


def nothing(*_):
    return False


class MortalBot(Bot):
    """A bot of a program that may be killed around any call."""

    fate = staticmethod(nothing)

    def call(self, method, *given, **body):
        if self.fate():
            raise Killed
        result = super().call(method, *given, **body)
        if self.fate():
            raise Killed
        return result


class MortalDrafts(Drafts):
    """Its file, written by a program that may be killed around any transaction."""

    fate = staticmethod(nothing)

    @contextmanager
    def change(self):
        with super().change() as change:
            yield change
            if self.fate():
                raise Killed
        if self.fate():
            raise Killed


class Desk:
    """The fake, the program, and its clock."""

    def __init__(self, folder, stack, contacts=("@Lea", str(MALO)), write=None):
        self.clock, self.told, self.asked = 1_000_000.0, [], []
        self.fake = TelegramFake()
        port = stack.enter_context(serving(self.fake.answer))
        self.bot = MortalBot(f"http://127.0.0.1:{port}", TOKEN)
        self.drafts = MortalDrafts(folder / "brouillons.db")
        self.contacts, self.write = contacts, write or self.answer
        self.start()

    def answer(self, turns):
        self.asked.append(turns)
        return f"réponse à {turns[-1].text.splitlines()[-1]}"

    def start(self):
        given = self.contacts, self.write, self.told.append, 20.0, CODE, lambda: self.clock
        self.program = TelegramDrafts(self.bot, self.drafts, *given)

    def pair(self):
        self.fake.write_to_bot(CODE)
        self.step()

    def step(self, seconds=30.0):
        self.clock += seconds
        self.program.step(0)

    def settle(self, steps=4):
        for _ in range(steps):
            self.step()

    def lea(self, text):
        return self.fake.say(LEA, text, username="lea")


@pytest.fixture
def desk(tmp_path):
    with ExitStack() as stack:
        made = Desk(tmp_path, stack)
        made.pair()
        yield made


def shown(desk):
    return [text for text, _ in desk.fake.owner_chat.values()]


def test_a_message_becomes_a_draft_with_three_buttons_in_the_owners_chat(desk):
    desk.lea("tu viens ?")
    desk.settle()
    assert shown(desk)[-1] == "Brouillon pour Contact501 :\n\nréponse à tu viens ?"
    assert [act for _, act, _ in desk.fake.buttons()] == ["send", "edit", "throw"]
    assert desk.fake.sent == []


def test_nothing_is_drafted_for_whoever_is_not_on_the_list_nor_in_a_group(desk):
    desk.fake.say(777, "bonjour, votre colis")
    desk.fake.say(MALO, "salut le groupe", kind="group")
    desk.fake.say(778, "je m'appelle lea", username="lea2")
    desk.settle()
    assert desk.asked == [] and desk.drafts.all() == []
    assert "Un message de 777, qui n'est pas sur la liste : rien n'est préparé." in desk.told


def test_an_empty_list_is_nobody(tmp_path):
    with ExitStack() as stack:
        desk = Desk(tmp_path, stack, contacts=())
        desk.pair()
        desk.lea("tu viens ?")
        desk.settle()
        assert desk.asked == []


def test_what_is_sent_is_what_was_shown_and_once(desk):
    desk.lea("tu viens ?")
    desk.settle()
    message = desk.fake.buttons()[0][0]
    desk.fake.tap(message, "send")
    desk.fake.tap(message, "send")
    desk.settle()
    assert desk.fake.sent == [(LEA, "réponse à tu viens ?")]
    assert shown(desk)[-1] == "Envoyé à Contact501 :\n\nréponse à tu viens ?"
    assert desk.drafts.all() == [] and desk.fake.buttons() == []


def test_a_tap_of_somebody_else_or_on_an_old_draft_sends_nothing(desk):
    desk.lea("tu viens ?")
    desk.settle()
    message, _, data = desk.fake.buttons()[0]
    desk.fake.tap(message, "send", sender=STRANGER)
    desk.fake.tap(message, "throw")
    desk.fake.add(callback_query={"id": "q", "from": {"id": OWNER}, "data": data})
    desk.settle()
    assert desk.fake.sent == [] and shown(desk)[-1] == "Jeté."


def test_another_text_is_shown_again_before_anything_leaves(desk):
    desk.lea("tu viens ?")
    desk.settle()
    message = desk.fake.buttons()[0][0]
    desk.fake.tap(message, "edit")
    desk.settle()
    asked = max(desk.fake.owner_chat)
    desk.fake.write_to_bot("plutôt demain", reply_to=asked)
    desk.fake.write_to_bot("je m'en mêle", sender=STRANGER, reply_to=asked)
    desk.settle()
    assert desk.fake.sent == [] and desk.fake.owner_chat[message][0].endswith("\n\nplutôt demain")
    desk.fake.tap(message, "send")
    desk.settle()
    assert desk.fake.sent == [(LEA, "plutôt demain")]


def test_messages_in_a_row_make_one_draft_and_a_later_one_replaces_it(desk):
    desk.lea("tu viens ?")
    desk.step(1)
    desk.lea("à 18 h")
    desk.settle()
    assert len(desk.fake.offered) == 1 and desk.asked[-1][-1].text == "tu viens ?\nà 18 h"
    desk.lea("ou à 19 h")
    desk.settle()
    assert "un autre brouillon suit" in desk.fake.owner_chat[desk.fake.offered[0][0]][0]
    assert len({message for message, _, _ in desk.fake.buttons()}) == 1


def test_a_draft_goes_where_the_owner_answers_alone(desk):
    desk.lea("tu viens ?")
    desk.settle()
    desk.fake.say(LEA, "oui !", sender=OWNER, username="lea")
    desk.settle()
    assert shown(desk)[-1] == "Vous avez répondu vous-même à Contact501."
    desk.lea("super")
    desk.settle()
    assert [turn.role for turn in desk.asked[-1]] == ["user", "assistant", "user"]


def test_an_account_that_somebody_else_connected_to_the_bot_is_nobodys(desk):
    desk.fake.say(MALO, "coucou", connection="theirs")
    desk.settle()
    assert desk.asked == [] and desk.drafts.chats() == set()


def test_without_the_code_nobody_is_the_owner(tmp_path):
    with ExitStack() as stack:
        desk = Desk(tmp_path, stack)
        desk.fake.write_to_bot("/start", sender=STRANGER)
        desk.fake.write_to_bot("0000", sender=STRANGER)
        desk.lea("tu viens ?")
        desk.settle()
        assert not desk.program.knows_owner and desk.fake.owner_chat == {}


def test_a_message_that_may_have_left_is_never_sent_again(desk):
    desk.lea("tu viens ?")
    desk.settle()
    desk.fake.tap(desk.fake.buttons()[0][0], "send")
    desk.fake.mood = lambda method: "drop" if method == "sendMessage" else "well"
    desk.settle()
    assert len(desk.fake.sent) == 1
    assert shown(desk)[-1].startswith("Je ne sais pas si ce message est parti")


def test_a_message_that_telegram_refuses_keeps_its_buttons(desk):
    desk.lea("tu viens ?")
    desk.settle()
    desk.fake.tap(desk.fake.buttons()[0][0], "send")
    desk.fake.mood = lambda method: "busy" if method == "sendMessage" else "well"
    desk.settle()
    assert desk.fake.sent == [] and len(desk.fake.buttons()) == 3


def test_killed_while_it_sends_it_does_not_send_again(desk):
    desk.lea("tu viens ?")
    desk.settle()
    desk.fake.tap(desk.fake.buttons()[0][0], "send")
    desk.bot.fate = iter([False, False, False, True]).__next__
    with pytest.raises(Killed):
        desk.step()
    desk.bot.fate = nothing
    desk.start()
    desk.settle()
    assert len(desk.fake.sent) == 1
    assert shown(desk)[-1].startswith("Je ne sais pas si ce message est parti")


def test_a_contact_that_left_the_list_leaves_no_word_in_the_file(desk, tmp_path):
    desk.lea("un mot qui se retrouve")
    desk.settle()
    assert b"un mot qui se retrouve" in (tmp_path / "brouillons.db").read_bytes()
    desk.contacts = (str(MALO),)
    desk.start()
    assert b"un mot qui" not in (tmp_path / "brouillons.db").read_bytes()


def test_the_file_is_its_owners_alone(desk, tmp_path):
    assert stat.S_IMODE((tmp_path / "brouillons.db").stat().st_mode) == 0o600


def test_a_draft_that_nobody_touched_for_a_week_goes(desk):
    desk.lea("tu viens ?")
    desk.settle()
    desk.clock += KEPT_SECONDS + 1
    desk.start()
    assert desk.drafts.all() == []


def test_a_deleted_message_is_not_read(desk):
    number = desk.lea("un secret")
    desk.fake.add(
        deleted_business_messages={
            "business_connection_id": "own",
            "chat": {"id": LEA, "type": "private"},
            "message_ids": [number],
        }
    )
    desk.settle()
    assert desk.asked == [] and b"un secret" not in desk.drafts._base.path.read_bytes()


@pytest.mark.parametrize(
    ("mood", "error"),
    [
        ("busy", ServiceBusy),
        ("html", NoAnswer),
        ("error", NoAnswer),
        ("unreadable", NoAnswer),
        ("drop", NoAnswer),
    ],
)
def test_what_goes_wrong_is_told_without_the_token(desk, mood, error):
    desk.fake.mood = lambda method: mood
    with pytest.raises(error) as raised:
        desk.step()
    assert TOKEN not in repr(raised.value) + raised.value.message + raised.value.mend + repr(desk.bot)
    assert raised.value.__cause__ is None


def test_a_wrong_token_is_refused_and_one_that_is_none_is_not_sent(desk):
    with pytest.raises(ServiceRefused) as raised:
        Bot(desk.bot._service.url.partition("/bot")[0], "123456:Faux").name()
    assert "Faux" not in raised.value.message + raised.value.mend
    for none in ("", "abc", "123:a b", "123:a/../x", "123:é\n"):
        with pytest.raises(BadSettings):
            Bot("http://127.0.0.1:9", none)


def test_nobody_there_is_told_once_and_tried_again():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        bot, waited, told = Bot(f"http://127.0.0.1:{unused.getsockname()[1]}", TOKEN), [], []

        def wait(seconds):
            waited.append(seconds)
            if len(waited) == 8:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            keep_going(lambda: bot.name(), told.append, wait)
    assert told == ["Telegram ne répond pas. Nouvel essai dans un moment."]
    assert waited == [2, 4, 8, 16, 32, 60, 60, 60]


def test_a_service_that_is_busy_is_given_the_time_that_it_asks(desk):
    waited = []
    desk.fake.mood = lambda method: "well" if waited else "busy"

    def step():
        desk.step()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        keep_going(step, desk.told.append, waited.append)
    assert waited == [3]


def simulate(desk, events, seed=7):
    """So many events, among failures and kills; then calm, and one last message of each contact."""
    chance = random.Random(seed)
    moods = ("busy", "html", "error", "unreadable", "drop")
    on_list = {LEA: "lea", MALO: "", **dict.fromkeys(range(510, 520), "")}
    said = {chat: [] for chat in on_list}
    fate = random.Random(seed + 1)
    desk.bot.fate = desk.drafts.fate = lambda: fate.random() < 0.004
    server = random.Random(seed + 2)
    desk.fake.mood = lambda method: server.choice(moods) if server.random() < 0.03 else "well"
    for number in range(events):
        happen(desk, chance, number, on_list, said)
        if number % 3 == 0:
            go_on(desk)
    desk.bot.fate = desk.drafts.fate = nothing
    desk.fake.mood = lambda method: "well"
    for _ in range(events // 100 + 5):
        go_on(desk)
    return said


def happen(desk, chance, number, on_list, said):
    """A message of a contact, of a stranger, of the owner; a tap; another text; nonsense."""
    chat, fake = chance.choice(list(on_list)), desk.fake
    buttons = fake.buttons()
    match chance.choices(range(7), (30, 15, 5, 30, 5, 10, 5))[0]:
        case 0:
            said[chat].append(f"message {number}")
            fake.say(chat, said[chat][-1], username=on_list[chat])
        case 1:
            stranger = chance.randrange(10_000, 20_000)
            fake.say(stranger, f"étranger {number}", connection=chance.choice(("own", "theirs")))
        case 2:
            fake.say(chat, f"de ma main {number}", sender=OWNER, username=on_list[chat])
        case 3 if buttons:
            message, act, _ = chance.choice(buttons)
            fake.tap(message, act, sender=chance.choice((OWNER, OWNER, OWNER, STRANGER)))
        case 4 if fake.owner_chat:
            fake.write_to_bot(f"autre texte {number}", reply_to=chance.choice(list(fake.owner_chat)))
        case 5:
            old = {"id": "q", "from": {"id": OWNER}, "data": f"send:{chance.randbytes(8).hex()}"}
            fake.add(callback_query=old)
        case 6:
            fake.add(**chance.choice(({"poll": {}}, {"business_message": None}, {"callback_query": {}}, {})))


def go_on(desk):
    """One step; a killed program is started again."""
    try:
        desk.step(9.0)
    except ServiceError:
        pass
    except Killed:
        while True:
            try:
                desk.start()
                break
            except Killed:
                continue


@pytest.mark.parametrize("events", [200, pytest.param(10_000, marks=pytest.mark.slow)])
def test_nothing_is_sent_without_a_tap_nor_drafted_for_others_whatever_happens(tmp_path, events):
    contacts = ("@lea", str(MALO), *map(str, range(510, 520)))
    with ExitStack() as stack:
        desk = Desk(tmp_path, stack, contacts)
        desk.pair()
        said = simulate(desk, events)
        fake = desk.fake
        tapped = list(fake.tapped)
        for _, text in fake.sent:
            tapped.remove(text)  # ValueError: sent without a tap, or twice for one
        assert fake.sent
        assert not [text for _, text in fake.offered if "étranger" in text]
        assert {chat for chat, _ in fake.sent} <= {LEA, MALO, *range(510, 520)}
        places = {}
        for message, text in fake.offered:
            places.setdefault(text, set()).add(message)
        assert [text for text, messages in places.items() if len(messages) > 1] == []  # none drafted twice
        assert fake.updates == [] or min(update["update_id"] for update in fake.updates) > max(fake.read)
        for chat, texts in said.items():
            known = "\n".join(turn.text for turn in desk.drafts.turns(f"telegram/{chat}"))
            assert [text for text in texts[-3:] if text not in known] == []  # no update is lost
        last = {chat: fake.say(chat, f"dernier {chat}", username="lea" * (chat == LEA)) for chat in said}
        desk.settle()
        assert {f"réponse à dernier {chat}" for chat in last} <= {text for _, text in texts_of(fake)}


def texts_of(fake):
    return [
        (message, text.partition("\n\n")[2]) for message, (text, datas) in fake.owner_chat.items() if datas
    ]
