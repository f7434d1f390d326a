"""The sources of sosie-mini: which files, how a line of them becomes a Record.

    docs_*  {"text": ...}                      -> Record(text=...)
    chat_*  {"messages": [{role, content}...]} -> Record(turns=(("user", ...), ("assistant", ...), ...))

Left out for their licence (share-alike or unclear): UD, Rhapsodie, ParisStories.
"""

import json
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

# In the order in which a duplicate is kept: the rarest and liveliest French first.
SOURCES = {
    "tatoeba": "docs_tatoeba_phrases",
    "xpersona": "chat_xpersona_fr",
    "oasst": "chat_assistant_oasst_fr",
    "blagues": "chat_blagues",
    "chatterbot": "chat_chatterbot_fr",
    "framabook": "docs_framabook_cc0",
    "contes": "docs_contes_africains",
    "commonvoice": "docs_commonvoice_phrases",
    "romans": "docs_romans_eltec",
    "romans_dialogues": "chat_romans_eltec",
    "libretheatre": "docs_libretheatre_phrases",
    "wikisource": "docs_wikisource_phrases",
    "assemblee": "docs_assemblee_2013_2018",
    "assemblee_debats": "chat_assemblee_2013",
    "gutenberg": "docs_gutenberg_phrases",
}
OURS = "everyday"  # tools/mini/everyday.py: written for sosie, learnt only, never held out
EVERY = (*SOURCES, OURS)
VOICES = "voices"  # tools/mini/warm_start.py: invented people, for the warm start only
# Lines that the sites wrote around their texts, not the authors.
SITE_NOTICES = ("Merci d'indiquer quelle est la source", "Si vous avez consulté un fac-similé")

Turns = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Record:
    """One document (`text`) or one dialogue (`turns`, user first, assistant last, alternating)."""

    source: str
    group: str  # title, else id, else the text: a group is never cut by the split
    id: str = ""
    text: str = ""
    turns: Turns = ()

    @property
    def lines(self) -> list[str]:
        return [content for _, content in self.turns] if self.turns else self.text.split("\n")

    @property
    def held_out(self) -> bool:
        """One group in sixteen is never trained on."""
        return self.source != OURS and sha256(self.group.encode()).hexdigest().startswith("0")

    def to_json(self) -> str:
        return json.dumps(
            {
                "source": self.source,
                "group": self.group,
                "id": self.id,
                "text": self.text,
                "turns": self.turns,
            },
            ensure_ascii=False,
        )


def from_json(line: str) -> Record:
    raw = json.loads(line)
    return Record(**{**raw, "turns": tuple((role, text) for role, text in raw["turns"])})


def read_source(folder: Path, source: str) -> Iterator[Record]:
    """The usable records of one source, in file order."""
    with lzma.open(folder / f"{SOURCES[source]}.jsonl.xz", "rt", encoding="utf-8") as lines:
        for line in lines:
            record = to_record(source, json.loads(line))
            if record.text or record.turns:
                yield record


def to_record(source: str, raw: dict) -> Record:
    ident = raw.get("id", "")
    if "messages" not in raw:
        text = "\n".join(
            part for part in raw["text"].split("\n") if not part.startswith(SITE_NOTICES)
        ).strip()
        return Record(source, raw.get("title") or ident or text, ident, text=text)
    turns = even_turns([(m["role"], m["content"].strip()) for m in raw["messages"]])
    if raw.get("persona") and turns:
        turns = (("system", persona_text(raw["persona"], ident)), *turns) if gets_system(ident) else turns
    return Record(source, raw.get("title") or ident or str(turns), ident, turns=turns)


def even_turns(turns: list[tuple[str, str]]) -> Turns:
    """User first, assistant last. Roles of novels and debates only alternate, so they may be swapped."""
    kept = [text for role, text in turns if text and role != "system"]
    kept = kept[: len(kept) // 2 * 2]
    return tuple(("user" if place % 2 == 0 else "assistant", text) for place, text in enumerate(kept))


def gets_system(ident: str) -> bool:
    """A third of the persona dialogues keep their facts as a system text."""
    return sha256(ident.encode()).digest()[1] % 3 == 0


def persona_text(facts: list[str], ident: str) -> str:
    opening = ("Voici qui tu es :", "Tu es la personne suivante :", "Ta vie en quelques mots :")
    return f"{opening[sha256(ident.encode()).digest()[2] % 3]} {' '.join(facts)}"
