"""The files of an archive that several readers share: which are claimed, by whom, and which are still open.

    files = ClaimedFiles(archive, names)
    files.claim("telegram", {"Telegram Desktop/result.json"})
    files.open()                    # what may still be messages: no photo, no zip, nothing sent in a chat
    files.open_to("telegram")       # what of it may be another export of Telegram
    files.unread                    # [UnreadFile("Telegram Desktop/messages.html", "autre forme ...")]

What lies beside a chat file (« _chat.txt ») was sent in that chat. Plain formats beside the chats of an app
are attachments too, unless they lie at the top of a collection of several exports.
"""

from collections.abc import Collection, Sequence
from pathlib import PurePosixPath

from sosie.core.source_table import SOURCE_ROWS, source_row
from sosie.sources.base import sureness
from sosie.sources.files.archive import Archive
from sosie.sources.files.subset import (
    Subset,
    UnreadFile,
    common_folder,
    folder_of,
    folders_of,
    holds_names,
    is_attachment,
    is_zip,
    stem,
    suffix,
)

MOST_ALONE = 200  # files that are looked at one by one
CHAT_FILES = {row.name: row.chat_file for row in SOURCE_ROWS if row.chat_file}
OTHER_FORM = "autre forme d'un export déjà lu"


class ClaimedFiles:
    """`left` are the names that are neither claimed nor set aside, in the order of the archive."""

    def __init__(self, archive: Archive, names: Sequence[str]) -> None:
        self.archive, self.left = archive, list(names)
        self.unread: list[UnreadFile] = []
        self._claimed: dict[str, set[str]] = {}  # source -> its files
        self._around: set[str] = set()  # the folders where an app's chats and attachments lie
        self._top = common_folder(self.left)

    def subset(self, names: Sequence[str]) -> Subset:
        return Subset(self.archive, names)

    @property
    def sources(self) -> Collection[str]:
        """The sources that have files."""
        return self._claimed.keys()

    def is_of(self, source: str, name: str) -> bool:
        """Whether a reader recognises a file that it is shown alone."""
        return not is_attachment(name) and sureness(source, self.subset([name])) > 0

    def is_chat_file(self, source: str, name: str) -> bool:
        """« _chat.txt », or the text that bears the name of the whole."""
        return suffix(name) == ".txt" and stem(name) in (CHAT_FILES.get(source), stem(self.archive.name))

    def claim(self, source: str, taken: Collection[str]) -> None:
        """Give files to a source. Around an app's chats lie attachments, and perhaps the same chats again."""
        self._claimed.setdefault(source, set()).update(taken)
        self.left = [name for name in self.left if name not in taken]
        row = source_row(source)
        if row.family != "app" or row.attachments_inside:
            return
        folders = {folder_of(name) for name in taken}
        self._around |= folders | ({common_folder([*taken])} - {self._top, "."})
        beside = [name for name in self.open() if folder_of(name) in folders][:MOST_ALONE]
        again = frozenset(self.open_to(source))
        self.set_aside([n for n in beside if n not in again and self.is_of(source, n)], OTHER_FORM)

    def set_aside(self, names: Sequence[str], reason: str) -> None:
        """Leave files unread, with a reason in French."""
        aside = frozenset(names)
        self.unread += [UnreadFile(name, reason) for name in sorted(aside)]
        self.left = [name for name in self.left if name not in aside]

    def open(self) -> list[str]:
        """The files that are left and may be messages: no attachment, no zip, nothing beside a chat file."""
        sealed = {
            folder_of(name)
            for source in CHAT_FILES
            for name in self._claimed.get(source, ())
            if self.is_chat_file(source, name)
        }
        names = (name for name in self.left if not is_attachment(name) and not is_zip(name))
        return [name for name in names if not folders_of(name) & sealed]

    def open_to(self, source: str, names: list[str] | None = None) -> list[str]:
        """The open files that may be an export of `source`, and not another form of its first."""
        names = self.open() if names is None else names
        if source not in self._claimed:
            return names
        return [n for n in names if folder_of(n) == self._top and not self.is_other_form(source, n)]

    def is_other_form(self, source: str, name: str) -> bool:
        """Whether an app was read from files of another kind: JSON, and now a page."""
        row = source_row(source)
        taken = self._claimed.get(source, set()) | self._claimed.get(row.reads_also, set())
        return not row.attachments_inside and bool(taken) and suffix(name) not in set(map(suffix, taken))

    def stands_alone(self, name: str, mixed: bool) -> bool:
        """Whether a file of a plain format is no attachment of the chats around it."""
        loose = mixed and folder_of(name) == self._top
        return not holds_names(name) and (loose or not folders_of(name) & self._around)

    def needed(self, subset: Subset) -> tuple[str, ...]:
        """The files that one of several exports needs, to be read again."""
        others = set().union(*self._claimed.values()) - subset.read
        folders = {folder_of(name) for name in subset.read} - {".", self._top}
        branches = {self._branch(name) for name in subset.read}
        return tuple(
            name
            for name in subset.names
            if name in subset.read
            or (name not in others and folders_of(name) & folders)
            or (holds_names(name) and self._branch(name) in branches)
        )

    def _branch(self, name: str) -> str:
        """The folder just below the top that a file is in, "" at the top itself."""
        inside = PurePosixPath(name) if self._top == "." else PurePosixPath(name).relative_to(self._top)
        return inside.parts[0] if len(inside.parts) > 1 else ""
