"""Ids where an export gives none: the same message in a later export has the same id.

ids.of("1699203600000", "+33…", "ok")  ->  "5d0c…"
ids.of("1699203600000", "+33…", "ok")  ->  "a91f…"     a true repeat is another message
"""

from hashlib import blake2b

_REMEMBERED = 100_000  # messages among which repeats are looked for, at least


def digest(*parts: str) -> str:
    """64 bits that name a thing, in 16 hexadecimal digits."""
    return blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=8).hexdigest()


class MessageIds:
    """Names messages by what they say, and repeats by their rank; memory does not grow with the export.

    Equals are looked for among the last `remembered` messages at least, so that a clock that goes back, as it
    does once a year, makes no two messages one.
    """

    def __init__(self, remembered: int = _REMEMBERED) -> None:
        self._remembered = remembered
        self._young: dict[str, int] = {}  # an id -> the rank that its next repeat may have
        self._old: dict[str, int] = {}

    def of(self, *parts: str) -> str:
        first = found = digest(*parts)
        young, old = self._young, self._old
        rank = 0
        if first in young or first in old:
            rank = young.get(first) or old.get(first, 0)  # not searched: repeats may be many
            if rank:
                found = digest(*parts, str(rank))
            while found in young or found in old:  # another message may end in « 1 »
                rank += 1
                found = digest(*parts, str(rank))
        if len(young) >= self._remembered:
            self._old, self._young = young, {}
        if found != first:
            self._young[found] = 0
        self._young[first] = rank + 1
        return found
