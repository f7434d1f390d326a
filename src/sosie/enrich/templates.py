"""What the server is told: templates.toml, or a file of the user's own with the same keys.

read_templates(None).question("Hier on a marché.")  ->  [system, user] as OpenAI messages
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from sosie.core.counted import counted
from sosie.core.errors import BadSettings
from sosie.core.settings import nearest

OURS = Path(__file__).with_name("templates.toml")
NEEDED = {
    ("question", "system"): (),
    ("question", "ask"): ("{texte}",),
    ("judge", "ask"): ("{question}", "{a}", "{b}"),
}
_LARGEST = 1 << 16  # bytes

_Message = dict[str, str]


@counted
@dataclass(frozen=True, slots=True)
class Templates:
    system: str
    ask: str
    judge: str

    def question(self, text: str) -> list[_Message]:
        """What asks for the question that `text` answers."""
        system = [{"role": "system", "content": self.system}] if self.system else []
        return [*system, {"role": "user", "content": filled(self.ask, texte=text)}]

    def judgement(self, question: str, first: str, second: str) -> list[_Message]:
        """What asks which of two texts answers a question."""
        return [{"role": "user", "content": filled(self.judge, question=question, a=first, b=second)}]


def filled(template: str, **values: str) -> str:
    """The template with its values; what stands in braces inside a value stays as it is."""
    parts = [template]
    for name, value in values.items():
        mark = f"{{{name}}}"
        parts = [piece for part in parts for piece in _split(part, mark, value)]
    return "".join(parts)


class _Value(str):
    """Already put in its place."""


def _split(part: str, mark: str, value: str) -> list[str]:
    if isinstance(part, _Value):
        return [part]
    first, *rest = part.split(mark)
    return [first, *(piece for after in rest for piece in (_Value(value), after))]


def read_templates(path: Path | None) -> Templates:
    """Ours, and in their place what the user's file says. BadSettings names what is wrong in it."""
    texts = _read(OURS) | (_read(path) if path else {})
    return Templates(*(texts[key].strip() for key in NEEDED))


def _read(path: Path) -> dict[tuple[str, str], str]:
    try:
        if path.stat().st_size > _LARGEST:
            raise ValueError
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise BadSettings(
            f"Les consignes « {path.name} » ne sont pas du TOML lisible.",
            "Copiez celles de sosie (docs/enrichir.md), et changez-les.",
        ) from None
    found: dict[tuple[str, str], str] = {}
    for table, values in tables.items():
        for key, text in values.items() if isinstance(values, dict) else [("", values)]:
            name = f"{table}.{key}".rstrip(".")
            if (table, key) not in NEEDED or not isinstance(text, str):
                known = {".".join(one): one for one in NEEDED}
                raise BadSettings(f"Consigne inconnue dans « {path.name} » : {name}.", nearest(name, known))
            missing = [mark for mark in NEEDED[table, key] if mark not in text]
            if missing:
                raise BadSettings(
                    f"La consigne {name} de « {path.name} » n'a pas {missing[0]}.",
                    "Mettez-le à l'endroit où ce texte doit venir.",
                )
            found[table, key] = text
    return found
