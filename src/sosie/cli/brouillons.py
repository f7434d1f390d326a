"""`sosie brouillons`: drafts for Beeper or Telegram in the person's voice; nothing is sent without a tap."""

import secrets
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import sleep
from typing import Annotated, Literal

from cyclopts import Parameter

from sosie.cli import passphrase
from sosie.cli.chat import EMBEDDED
from sosie.cli.console import BASE, Terminal, printable
from sosie.core import settings
from sosie.core.errors import BadSettings, NothingToDo
from sosie.core.workspace import Workspace, closed_folder
from sosie.core.writing import writing
from sosie.messengers.beeper import BeeperDrafts
from sosie.messengers.beeper_api import Beeper
from sosie.messengers.drafts import Drafts
from sosie.messengers.service import keep_going
from sosie.messengers.writer import Writer, writer_of

POLL_SECONDS = 5.0  # between two looks at Beeper's conversations
Tell = Callable[[str], None]
PASSING = (
    "Les messages de vos contacts passent déjà par Telegram ; votre bot les recevra en plus, par les mêmes "
    "serveurs, où ni eux ni vos brouillons ne sont chiffrés de bout en bout. Le double reste sur cette "
    "machine."
)


def brouillons(
    messenger: Annotated[
        Literal["beeper", "telegram"],
        Parameter(
            help="beeper : dans Beeper Desktop, pour toutes ses messageries ; telegram : par un bot à vous"
        ),
    ],
    /,
    *,
    options: Annotated[settings.Brouillons, Parameter(name="*")] = settings.Brouillons(),
    double: Annotated[
        str | None, Parameter(help="Un entraînement, un dossier, un modèle (sinon : le dernier)")
    ] = None,
    base: Annotated[str | None, Parameter(help=BASE)] = None,
    untrained: Annotated[
        bool, Parameter(negative="", help="Sans entraînement : un modèle et vos échanges d'ici")
    ] = False,
    engine: Annotated[
        str | None, Parameter(help="local (transformers) ou gguf (llama.cpp) ; sinon, ce qui convient")
    ] = None,
    token_file: Annotated[
        Path | None, Parameter(help="Fichier du jeton (sinon : celui que sosie garde dans private/)")
    ] = None,
    listing: Annotated[
        bool,
        Parameter(name="--list", negative="", help="beeper : montrer les conversations et leurs numéros"),
    ] = False,
    elsewhere: Annotated[
        bool, Parameter(negative="", help="telegram : accepter, sans demander, ce qui passe par ses serveurs")
    ] = False,
    terminal: Annotated[Terminal, Parameter(parse=False)],
) -> None:
    """Write drafts until Ctrl-C."""
    if terminal.as_json:
        raise BadSettings("Les brouillons n'ont rien à dire en JSON.", "Relancez sans --json.")
    tell = partial(terminal.console.print, soft_wrap=True, markup=False)

    def open_writer() -> Writer:
        named = double or (EMBEDDED if untrained else None)
        opened = terminal.open_engine(named, base, engine)
        return writer_of(terminal.project.untrained(opened) if untrained else opened)

    if messenger == "beeper":
        beeper = Beeper(
            f"http://localhost:{options.beeper_port}", passphrase.token_of(terminal, "beeper", token_file)
        )
        if listing:
            for number, title, network in beeper.chats_of_two():
                tell(printable(f"{number}   {title} ({network})"))
            return
        draft_in_beeper(terminal.project.workspace, beeper, options, open_writer, tell)
    else:
        agree(terminal, elsewhere)
        token = passphrase.token_of(terminal, "telegram", token_file)
        draft_in_telegram(terminal.project.workspace, token, options, open_writer, tell)


def agree(terminal: Terminal, elsewhere: bool) -> None:
    """BadSettings unless the person says that messages may go through Telegram's servers."""
    if not elsewhere and not terminal.agree(f"{PASSING}\nVous êtes d'accord ?"):
        raise BadSettings(PASSING, "Si vous êtes d'accord : sosie brouillons telegram --elsewhere")


def refuse_nobody(contacts: tuple[str, ...], messenger: str, mend: str) -> None:
    if not contacts:
        raise NothingToDo(
            "Aucun contact n'est sur la liste : rien n'est préparé pour personne.",
            f"Nommez-les, avec --{messenger}-contacts ou dans sosie.toml. {mend}",
        )


def draft_in_beeper(
    workspace: Workspace,
    beeper: Beeper,
    options: settings.Brouillons,
    open_writer: Callable[[], Writer],
    tell: Tell,
) -> None:
    refuse_nobody(options.beeper_contacts, "beeper", "Leurs numéros : sosie brouillons beeper --list")
    beeper.check()
    at_work = BeeperDrafts(
        beeper, open_drafts(workspace), options.beeper_contacts, open_writer(), tell, options.quiet_seconds
    )
    tell("Les brouillons viendront dans Beeper, qui n'envoie rien sans vous (Ctrl-C pour arrêter).")

    def step() -> None:
        at_work.step()
        sleep(POLL_SECONDS)

    keep_going(step, tell)


def draft_in_telegram(
    workspace: Workspace,
    token: str,
    options: settings.Brouillons,
    open_writer: Callable[[], Writer],
    tell: Tell,
) -> None:
    from sosie.engines.recipient import Recipient
    from sosie.messengers.telegram import TelegramDrafts
    from sosie.messengers.telegram_api import Bot

    refuse_nobody(options.telegram_contacts, "telegram", "Chacun par son @nom ou son numéro.")
    Recipient("serveur de Telegram", "les messages", "--elsewhere").check(
        options.telegram_server, token, True
    )
    bot, drafts, code = Bot(options.telegram_server, token), open_drafts(workspace), secrets.token_hex(4)
    name = bot.name()
    at_work = TelegramDrafts(
        bot, drafts, options.telegram_contacts, open_writer(), tell, options.quiet_seconds, code
    )
    if not at_work.knows_owner:
        tell(f"Pour que le bot sache que c'est vous, écrivez-lui, à {name} : {code}")
    tell(f"Les brouillons viendront dans votre conversation avec {name} (Ctrl-C pour arrêter).")
    keep_going(at_work.step, tell)


@writing
def open_drafts(workspace: Workspace) -> Drafts:
    closed_folder(workspace.private)
    return Drafts(workspace.drafts)
