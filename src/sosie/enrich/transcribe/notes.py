"""The voice messages of a folder's exports, each with its message; and recordings that were given.

    whatsapp   PTT-20240201-WA0001.opus (fichier joint)        beside the text, in the zip
    telegram   "file": "voice_messages/audio_1@01-02-2024.ogg"
    messenger  "audio_files": [{"uri": "messages/inbox/ines_1/audio/a.mp4"}]
    signal     what signal-export put in media/

A sound is only ever one of the files of the export that names it. Not covered: Signal's own export and
backups of databases, where a sound has another name than its message says.
"""

import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath

from sosie.core import settings, settings_file
from sosie.core.counted import counted
from sosie.core.errors import SosieError
from sosie.core.message import Message
from sosie.core.workspace import Workspace
from sosie.enrich.transcribe.sound import BadSound
from sosie.importing import store
from sosie.prepare.authors import authors
from sosie.prepare.owner import Identity, find_me
from sosie.sources.files.archive import Archive, open_archive

_LARGEST = 512 << 20  # bytes of a sound; four hours of voice are 60 MB
_BESIDE = ".txt"
_OMITTED = "son absent de l'export (fait sans les médias)"


@counted
@dataclass(frozen=True, slots=True)
class Note:
    """One sound to hear; `read` gives its bytes, `beside` the text in a file beside it, or None."""

    name: str
    read: Callable[[], bytes] = field(compare=False)
    beside: Callable[[], str | None] = field(compare=False)
    author: str = ""
    thread: str = ""  # empty for a recording
    message: str = ""
    mine: bool = True  # the owner's own: a message of theirs, or a recording

    def load(self) -> tuple[io.BytesIO, str]:
        """The sound, and its SHA-256. BadSound where there is none."""
        try:
            data = self.read()
        except OSError:
            raise BadSound(
                "fichier illisible", "Vérifiez qu'il est là et que vous pouvez l'ouvrir."
            ) from None
        if not data:
            raise BadSound("fichier vide", "Copiez-le à nouveau, ou refaites l'export avec les médias.")
        return io.BytesIO(data), hashlib.sha256(data).hexdigest()


def given(paths: list[Path]) -> Iterator[Note]:
    """Recordings: files, and all the sounds of folders."""
    for path in paths:
        inside = [each for each in sorted(path.rglob("*")) if each.is_file()] if path.is_dir() else [path]
        for file in inside:
            if len(inside) == 1 or file.suffix.lower() != _BESIDE:
                yield Note(file.name, partial(_bytes, file), partial(_text, file))


def owner_of(workspace: Workspace) -> Identity:
    known = settings_file.load(workspace.settings, "import", settings.Import)
    return find_me(authors(store.imported(workspace)), known.me, known.aliases)


def notes_of_exports(workspace: Workspace, missing: Callable[[str], None]) -> Iterator[Note]:
    """Each voice message of the store once, by export; `missing` hears of those without sound."""
    exports = store.stored_exports(workspace)
    me = owner_of(workspace) if exports else None
    found: set[tuple[str, str]] = set()
    absent: set[tuple[str, str]] = set()
    for export in exports:
        threads, archive = store.threads_of(export), open_archive(export.path)
        by_name = _by_name(archive)
        for conversation in store.opened(export):
            thread = next(threads.get(conversation.id, iter(())), conversation.id)
            for message in conversation.messages:
                if message.kind != "voice" or message.text.strip() or (thread, message.id) in found:
                    continue
                if name := _place(archive, by_name, message):
                    found.add((thread, message.id))
                    mine = me is not None and message.author in me.names_in(thread)
                    yield _note(archive, name, message, thread, mine)
                else:
                    absent.add((thread, message.id))
    for _ in absent - found:
        missing(_OMITTED)


def _note(archive: Archive, name: str, message: Message, thread: str, mine: bool) -> Note:
    text = str(PurePosixPath(name).with_suffix(_BESIDE))
    return Note(
        PurePosixPath(name).name,
        partial(_member, archive, name),
        partial(_member_text, archive, text),
        message.author,
        thread,
        message.id,
        mine,
    )


def _by_name(archive: Archive) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in archive.names:
        found.setdefault(PurePosixPath(name).name, []).append(name)
    return found


def _place(archive: Archive, by_name: dict[str, list[str]], message: Message) -> str:
    """The file of the export that a message means: as it names it, from its own folder or from the top; else
    the only one of that name."""
    if not message.file:
        return ""
    folder = PurePosixPath(message.origin.rpartition(":")[0]).parent
    for name in (str(folder / message.file), message.file):
        if name in archive.sizes:
            return name
    alike = by_name.get(PurePosixPath(message.file).name, [])
    return alike[0] if len(alike) == 1 else ""


def _member(archive: Archive, name: str) -> bytes:
    try:
        with archive.open(name) as stream:
            return _limited(stream.read(_LARGEST + 1))
    except SosieError as error:
        raise BadSound("illisible dans l'export", error.mend) from None


def _member_text(archive: Archive, name: str) -> str | None:
    return _member(archive, name).decode("utf-8", "replace") if name in archive.sizes else None


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return _limited(file.read(_LARGEST + 1))


def _text(path: Path) -> str | None:
    beside = path.with_suffix(_BESIDE)
    return _bytes(beside).decode("utf-8", "replace") if beside.is_file() else None


def _limited(data: bytes) -> bytes:
    if len(data) > _LARGEST:
        raise BadSound("plus de 512 Mo", "Coupez-le, ou enregistrez-le en .m4a ou en .mp3.")
    return data
