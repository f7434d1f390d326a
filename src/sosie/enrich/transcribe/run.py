"""Transcription: the conductor of this folder.

notes -> samples -> where somebody speaks -> windows -> words -> who speaks -> text -> transcripts.jsonl

A note is kept as soon as all its words are there: what was kept when this is killed is not heard again, nor
is the same sound in another message. What an engine heard stays when the manner of writing it changes.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sosie.core import drafts, settings
from sosie.core.counted import counted
from sosie.core.errors import NothingToDo
from sosie.core.progress import Agree, Event, Report, silent
from sosie.core.workspace import Workspace
from sosie.enrich.transcribe import windows
from sosie.enrich.transcribe.notes import Note, given, notes_of_exports
from sosie.enrich.transcribe.recognise import RATE, TEXT, Recogniser, open_recogniser
from sosie.enrich.transcribe.sound import BadSound, pieces
from sosie.enrich.transcribe.speakers import MINE
from sosie.enrich.transcribe.spoken import rendered
from sosie.enrich.transcribe.voices import Voices, voices_of
from sosie.enrich.transcribe.windows import Utterance
from sosie.prepare.consent import Consents
from sosie.prepare.transcripts import Transcript, Transcripts, Word

if TYPE_CHECKING:
    from sosie.enrich.transcribe.recognise import Samples

KNOWN = "déjà transcrit"
NOBODY = "personne n'y parle"
NO_TEXT = "pas de texte à côté"


@counted
@dataclass(slots=True)
class Transcribed:
    """`skipped`: why notes were not transcribed; `heard` are those that were, for the eye."""

    notes: int = 0
    transcribed: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    seconds_of_sound: float = 0.0
    heard: list[Transcript] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """What `sosie transcribe --json` prints: counts, and no word that was said."""
        return {
            "notes": self.notes,
            "transcribed": self.transcribed,
            "skipped": dict(self.skipped),
            "seconds_of_sound": round(self.seconds_of_sound, 1),
        }


def transcribe(
    workspace: Workspace,
    files: list[Path],
    options: settings.Transcribe,
    agree: Agree = lambda question: False,
    report: Report = silent,
    opening: Callable[[str, str, Agree], Recogniser] = open_recogniser,
) -> Transcribed:
    """The voice messages of the folder, or these files. NothingToDo where there is no sound at all."""

    def waiting() -> None:
        report(Event("warning", text="Une transcription est en cours dans ce dossier : on l'attend."))

    with drafts.one_at_a_time(workspace.private, waiting):
        done = Transcribed()
        consents = Consents.open(workspace)
        absent: list[str] = []
        found = list(given(files) if files else notes_of_exports(workspace, absent.append))
        notes = [note for note in found if consents.of(note.author) != "remove"]
        voices = voices_of(workspace, options, notes, report)
        done.notes = len(notes) + len(absent)
        done.skipped.update(absent)
        if not done.notes:
            raise NothingToDo(
                "Il n'y a aucun message vocal ici.",
                "Faites entrer un export avec les médias (sosie import), ou nommez des sons : "
                "sosie transcribe MEMO.m4a",
            )
        run = Transcription(workspace, options, done, report, voices)
        run.over(notes, lambda: opening(options.engine, options.model, agree))
    return done


class Transcription:
    """One run over the notes."""

    def __init__(
        self,
        workspace: Workspace,
        options: settings.Transcribe,
        done: Transcribed,
        report: Report,
        voices: Voices | None = None,
    ) -> None:
        self.options, self.done, self.report, self.voices = options, done, report, voices
        self.kept = Transcripts.open(workspace)
        self.by_sound = {(one.sound, one.engine): one for one in self.kept.found.values()}
        self.total, self.passed = 0, 0

    def over(self, notes: list[Note], opening: Callable[[], Recogniser]) -> None:
        self.total = len(notes)
        if self.options.engine == TEXT:
            for note in notes:
                try:
                    self._read_beside(note)
                except BadSound as error:
                    self._refuse(note, error)
            return
        if not notes:
            return
        self.recogniser = opening()
        self.engine = self.recogniser.name + (" + voix" if self.voices else "")
        open_notes: dict[int, _Open] = {}
        again: list[tuple[Note, str]] = []  # the same sound as in a note that is still open
        parts = self._parts(notes, open_notes, again)
        for window in windows.pack(parts, self.recogniser.packs):
            heard = windows.hear(window, self.recogniser, self.options.language)
            for piece, words in zip(window, heard, strict=True):
                opened = open_notes[piece.key]
                opened.words += self.voices.told(words, piece, opened.known) if self.voices else words
                opened.left -= 1
            self._keep(open_notes)
        self._keep(open_notes)
        for note, sound in again:
            self._is_known(note, sound)

    def _parts(
        self, notes: Iterable[Note], open_notes: "dict[int, _Open]", again: list[tuple[Note, str]]
    ) -> Iterator[Utterance[int]]:
        """What is said in the notes that are not known yet."""
        for number, note in enumerate(notes):
            try:
                with note.loaded() as (data, sound):
                    if self._is_known(note, sound):
                        continue
                    if any(opened.sound == sound for opened in open_notes.values()):
                        again.append((note, sound))
                        continue
                    self.report(Event("transcribe", done=self.passed, total=self.total))
                    opened = open_notes[number] = _Open(note, sound)
                    for piece in self._speech(pieces(data), opened):
                        opened.left += 1
                        yield Utterance(number, *piece)
                    opened.read = True
            except BadSound as error:
                open_notes.pop(number, None)
                self._refuse(note, error)

    def _speech(self, sound: "Iterable[Samples]", opened: "_Open") -> Iterator[tuple["Samples", float]]:
        """(samples, start) of each run in which somebody speaks; a run longer than a window is one piece."""
        for samples in sound:
            for start, end in windows.joined(self.recogniser.speech(samples)):
                yield samples[int(start * RATE) : int(end * RATE)], opened.seconds + start
            opened.seconds += len(samples) / RATE

    def _is_known(self, note: Note, sound: str) -> bool:
        """Whether the same engine heard this sound before, in this message or in another."""
        key = note.key(sound)
        before = self.by_sound.get((sound, self.engine))
        if before is None:
            return False
        text = self._text(before.words, note.mine)
        here = self.kept.found.get(key)
        if here is None or (here.sound, here.engine, here.text) != (sound, before.engine, text):
            self.kept.add([replace(before, thread=key[0], message=key[1], name=note.name, text=text)])
        self._skip(KNOWN)
        return True

    def _keep(self, open_notes: "dict[int, _Open]") -> None:
        """Write the notes all of whose words are there."""
        whole = [number for number, opened in open_notes.items() if opened.read and not opened.left]
        made = [open_notes.pop(number).transcript(self.engine, self._text) for number in whole]
        self.kept.add(made)
        for one in made:
            self.by_sound[one.sound, one.engine] = one
            self._count(one)

    def _read_beside(self, note: Note) -> None:
        with note.loaded() as (_, sound):
            pass
        text = note.beside()
        if not (text or "").split():
            raise BadSound(NO_TEXT, "Mettez le texte à côté, sous le même nom, en « .txt ».")
        words = tuple(Word(word, 0.0, 0.0) for word in (text or "").split())
        key = note.key(sound)
        made = Transcript(*key, sound, TEXT, 0.0, words, self._text(words, note.mine), name=note.name)
        known = self.kept.found.get(key)
        if known and (known.sound, known.engine, known.text) == (sound, TEXT, made.text):
            self._skip(KNOWN)
            return
        self.kept.add([made])
        self._count(made)

    def _refuse(self, note: Note, error: BadSound) -> None:
        self._skip(error.message)
        self.report(Event("warning", text=f"« {note.name} » : {error.message}. {error.mend}"))

    def _count(self, made: Transcript) -> None:
        self.done.seconds_of_sound += made.seconds
        if not made.words:
            self._skip(NOBODY)
            if not made.thread:  # a file that was named
                told = f"« {made.name} » : {NOBODY}. Écoutez-le : le son est peut-être trop faible."
                self.report(Event("warning", text=told))
            return
        self.done.transcribed += 1
        self.done.heard.append(made)
        self._pass()

    def _skip(self, reason: str) -> None:
        self.done.skipped[reason] += 1
        self._pass()

    def _pass(self) -> None:
        self.passed += 1
        self.report(Event("transcribe", done=self.passed, total=self.total))

    def _text(self, words: Iterable[Word], mine: bool) -> str:
        """What is learnt: of the owner's own sounds, where voices were told apart, their words alone."""
        said = [word.text for word in words if not mine or word.speaker in ("", MINE)]
        return rendered(said, self.options.manner, self.options.punctuation)


@dataclass(slots=True)
class _Open:
    """A note of which pieces are still to be heard."""

    note: Note
    sound: str
    seconds: float = 0.0
    left: int = 0
    read: bool = False
    words: list[Word] = field(default_factory=list)
    known: dict[str, Any] = field(default_factory=dict)  # the prints of its voices

    def transcript(self, engine: str, text: Callable[[Iterable[Word], bool], str]) -> Transcript:
        key, words, seconds = self.note.key(self.sound), tuple(self.words), round(self.seconds, 2)
        learnt = text(words, self.note.mine)
        return Transcript(*key, self.sound, engine, seconds, words, learnt, name=self.note.name)
