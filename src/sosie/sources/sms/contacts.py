"""Who is behind the numbers of an SMS backup, and which of them is the phone's own.

    +33639980107, 06 39 98 01 07    ->  639980107     one person: the last nine digits identify a number
    36179                           ->  36179         a short number
    Orange                          ->  orange        a name is a sender too

Not covered: two foreign numbers that end with the same nine digits.
"""

import re

from sosie.sources.sms.records import Record

_DIGITS = 9
_PHONE = re.compile(r"[\s\u00a0\u202f+\d().\-/]*\d[\s\u00a0\u202f+\d().\-/]*")
_UNKNOWN = re.compile(r"\s*|null|\(.*\)")  # « (Unknown) », in the phone's language
_NOBODY = "inconnu"
_FROM = "137"
_TOKEN = "insert-address-token"  # stands for the phone's own number in an MMS
SENT_BOX = "2"


class Contacts:
    """Numbers to names, as the contacts of the backup have them; the last name given to a number holds."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._guesses: dict[str, str] = {}  # from groups, whose names may not be in the order of the numbers
        self._numbers: dict[str, str] = {}
        self._own: set[str] = set()

    def add(self, record: Record) -> list[str]:
        """The numbers at the other end of a record, after noting the names it gives them."""
        written = [part for part in record.own.get("address", "").split("~") if part and part != "null"]
        keys = [number_key(part) for part in written] or [_NOBODY]
        for key, number in zip(keys, written, strict=False):
            self._numbers.setdefault(key, number)
        name = record.own.get("contact_name", "")
        if len(keys) == 1:
            if not _UNKNOWN.fullmatch(name):
                self._names[keys[0]] = " ".join(name.split())
        elif len(names := name.split(", ")) == len(keys):
            known = (pair for pair in zip(keys, names, strict=True) if not _UNKNOWN.fullmatch(pair[1]))
            self._guesses.update(known)
        if record.own.get("msg_box") == SENT_BOX:
            self._own.update(key for key in senders(record) if key not in keys)
        return keys

    def __getitem__(self, key: str) -> str:
        return self._names.get(key) or self._guesses.get(key) or self._numbers.get(key) or key

    def without_me(self, thread: str) -> str:
        """« 639980107~639980199 » -> « 639980107 » where the second is the phone's own."""
        return "~".join(key for key in thread.split("~") if key not in self._own) or thread


def senders(record: Record) -> list[str]:
    """Who sent an MMS; empty where only a token stands for the sender."""
    written = (one.get("address", _TOKEN) for one in record.addresses if one.get("type") == _FROM)
    return [number_key(address) for address in written if address not in (_TOKEN, "", "null")]


def number_key(address: str) -> str:
    """One key for all the spellings of a number."""
    if not _PHONE.fullmatch(address):
        return " ".join(address.replace("~", " ").casefold().split()) or _NOBODY
    return re.sub(r"\D", "", address)[-_DIGITS:]
