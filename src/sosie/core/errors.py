"""The family of errors. Each is a sentence for the user and a mend; rooms raise, the faces tell.

SosieError            anything a user can do something about
├─ UnknownExport      a file that no reader knows
├─ UnsafeArchive      a zip that was refused before being opened
├─ UnknownPerson      « me » cannot be told from the others
├─ BadData            a data file that cannot be used
├─ BadSettings        sosie.toml or a flag that says something impossible
├─ BadFolder          a folder or file that cannot be opened or written
├─ MissingExtra       an optional library that is not installed
├─ NoRoom             disk full, memory full, data or model too large
├─ UnknownModel       a model that cannot be found or loaded
└─ NothingToDo        no import, no data, no double yet
"""


class SosieError(Exception):
    """`message` is one French sentence, `mend` what the user can do about it. Neither quotes private text."""

    def __init__(self, message: str, mend: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend


class UnknownExport(SosieError):
    """A file that no reader recognises, or that its reader could not use."""


class UnsafeArchive(SosieError):
    """An archive refused for its names, its size or its encryption."""


class UnknownPerson(SosieError):
    """The owner of the messages cannot be told from the others."""


class BadData(SosieError):
    """A data file, manifest or adapter that cannot be used."""


class BadSettings(SosieError):
    """A setting that says something impossible."""


class BadFolder(SosieError):
    """A folder or a file that the disk or its rights refuse."""


class MissingExtra(SosieError):
    """An optional library that is not installed."""


class NoRoom(SosieError):
    """Disk or memory too small for what was asked."""


class UnknownModel(SosieError):
    """A model that cannot be found, or that must not be loaded."""


class NothingToDo(SosieError):
    """The verb needs something that an earlier verb makes."""
