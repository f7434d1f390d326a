"""What a terminal chat keeps and finds again: its threads, in chats.db, and the person's own words.

Nothing is kept unless the person says so: `sosie chat --keep`, or « /enregistrer » in the middle.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from sosie.api import Project
from sosie.core.dialogue import Turn
from sosie.core.errors import BadSettings, NothingToDo
from sosie.core.french_text import day, plural
from sosie.core.workspace import write_json
from sosie.recall.chats import Found, Thread, to_messages
from sosie.recall.own_words import Passage

THREAD_HELP = """\
/enregistrer     garde cette conversation dans ce dossier (chats.db), et sa suite
/fils MOTS       les fils gardés qui ont ces mots (sans mots : tous)
/fil N           reprend le fil N
/renommer NOM    donne un nom au fil
/exporter F      écrit la conversation dans le fichier F (JSON)
/oublie N        efface le fil N, sans trace (sans nombre : celui-ci ; « tout » : tous)
/souvenirs MOTS  ce que vous avez dit avec ces mots (sans mots : ce qui a servi à la dernière réponse)"""

Told = tuple[str, tuple[Turn, ...] | None]  # a sentence, and the turns to go on with where they change


class Memory:
    """The threads of a folder, and which one this conversation is where it is kept.

    `find`: own words, where it tells what it has to make first.
    """

    def __init__(
        self,
        project: Project,
        double: str,
        keeping: bool = False,
        find: Callable[[str], Sequence[Passage]] | None = None,
    ) -> None:
        self._find = find or project.find_own_words
        self._chats, self._double = project.chats(), double
        self._thread: int | None = None
        self._keeping = keeping
        self.used: Sequence[Passage] = ()  # own words that the last answer was made with
        self.commands = {
            "enregistrer": self._keep_from_now,
            "fils": self._list,
            "fil": self._take_up,
            "renommer": self._rename,
            "exporter": self._export,
            "oublie": self._forget,
            "souvenirs": self._recall,
        }

    def keep(self, turns: Sequence[Turn]) -> None:
        """The conversation as it is now, if the person wants it kept. What failed once is tried again.

        NothingToDo where its thread was deleted elsewhere; it is then kept no more.
        """
        if not self._keeping:
            return
        if self._thread is None:
            self._thread = self._chats.start(self._double).id
        try:
            self._chats.save(self._thread, turns)
        except NothingToDo:
            self._keeping, self._thread = False, None
            raise

    def leave(self) -> None:
        """What comes next is another conversation, kept in a thread of its own if this one was."""
        self._thread = None

    def _keep_from_now(self, rest: str, turns: Sequence[Turn]) -> Told:
        self._keeping = True
        if any(turn.role != "system" for turn in turns):
            self.keep(turns)
        return "Cette conversation est gardée dans ce dossier, et ce qui suit. Pour l'effacer : /oublie", None

    def _list(self, rest: str, turns: Sequence[Turn]) -> Told:
        found = self._chats.search(rest) if rest else [Found(each, "", 0) for each in self._chats.threads()]
        if not found:
            return ("Aucun fil gardé n'a ces mots." if rest else "Aucun fil n'est gardé ici."), None
        return "\n".join(self._row(each) for each in found), None

    def _row(self, found: Found) -> str:
        """« > 3  Les vacances (lea, 12 messages, 30 novembre 2026) »"""
        thread = found.thread
        mark = ">" if thread.id == self._thread else " "
        about = f"{thread.double}, {plural(thread.turns, 'message')}, {day(thread.changed.isoformat())}"
        excerpt = f"\n      {found.excerpt}" if found.excerpt else ""
        return f"{mark} {thread.id:<3} {thread.name} ({about}){excerpt}"

    def _take_up(self, rest: str, turns: Sequence[Turn]) -> Told:
        thread = self._numbered(rest, "/fil")
        taken = self._chats.turns(thread.id)
        self._keeping, self._thread = True, thread.id
        return f"On reprend « {thread.name} », {plural(thread.turns, 'message')}.", taken

    def _rename(self, rest: str, turns: Sequence[Turn]) -> Told:
        self._chats.rename(self._kept(), rest)
        return "Le fil a ce nom.", None

    def _export(self, rest: str, turns: Sequence[Turn]) -> Told:
        path = Path(rest).expanduser()
        if not rest or path.exists():
            raise BadSettings(
                "Ce fichier existe déjà." if rest else "Il manque le nom du fichier.",
                "Donnez un nom nouveau : /exporter fil.json",
            )
        write_json(path, to_messages(turns))
        return f"La conversation est écrite dans « {path.name} », lisible de vous seul.", None

    def _forget(self, rest: str, turns: Sequence[Turn]) -> Told:
        if rest == "tout":
            count = self._chats.forget_all()
            self._keeping, self._thread = False, None
            return f"Tout est oublié : {plural(count, 'fil effacé', 'fils effacés')}, sans trace.", ()
        if rest:
            thread = self._numbered(rest, "/oublie").id
            self._chats.delete(thread)
            here = thread == self._thread
        else:
            here = True
            if self._thread is not None:
                self._chats.delete(self._thread)
        if here:
            self._keeping, self._thread = False, None
        return ("Cette conversation est oubliée." if here else "Ce fil est effacé."), () if here else None

    def _recall(self, rest: str, turns: Sequence[Turn]) -> Told:
        found = self._find(rest) if rest else self.used
        if not found:
            return "Aucun de vos messages n'a ces mots." if rest else "Aucun de vos messages n'a servi.", None
        return passages(found), None

    def _numbered(self, rest: str, command: str) -> Thread:
        if not rest.isdecimal() or len(rest) > 9:
            raise BadSettings("Il manque le numéro du fil.", f"Voyez /fils, puis par exemple : {command} 3")
        return self._chats.thread(int(rest))

    def _kept(self) -> int:
        if self._thread is None:
            raise NothingToDo("Cette conversation n'est pas gardée.", "Gardez-la d'abord : /enregistrer")
        return self._thread


def passages(found: Iterable[Passage]) -> str:
    """« 4 mars 2025  tu viens ? → faut voir », a line each; the words are as data/ has them."""
    rows = []
    for each in found:
        when, asked, said = day(each.at), *(" ".join(text.split()) for text in (each.asked, each.said))
        rows.append(f"{when}  {asked} → {said}" if asked else f"{when}  {said}")
    return "\n".join(row.strip() for row in rows)
