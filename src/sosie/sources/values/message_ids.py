"""Ids where an export gives none: the same message in a later export has the same id.

ids.of("1699203600000", "+33…", "ok")  ->  "5d0c…"
ids.of("1699203600000", "+33…", "ok")  ->  "a91f…"     a true repeat is another message
"""

from hashlib import blake2b

REMEMBERED = 100_000  # messages among which repeats are looked for, at least


def digest(*parts: str) -> str:
    """64 bits that name a thing, in 16 signs."""
    return blake2b("\0".join(parts).encode(errors="replace"), digest_size=8).hexdigest()


class MessageIds:
    """Names messages by what they say, and repeats by their rank; memory does not grow with the export.

    Equals are looked for among the last `remembered` messages at least, so that a clock that goes back, as it
    does once a year, makes no two messages one.
    """

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._remembered = remembered
        self._young: dict[str, int] = {}  # how many there were of each
        self._old: dict[str, int] = {}

    def of(self, *parts: str) -> str:
        found = digest(*parts)
        rank = self._young.get(found) or self._old.get(found, 0)
        if len(self._young) >= self._remembered:
            self._old, self._young = self._young, {}
        self._young[found] = rank + 1
        return digest(*parts, str(rank)) if rank else found
