"""sosie.toml: one table a verb, read and checked; names and answers remembered in it."""

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sosie.core.errors import BadSettings
from sosie.core.settings import VERBS, Model, check, nearest
from sosie.core.workspace import whole


def load(path: Path, verb: str, model: type[Model], changes: Mapping[str, Any] | None = None) -> Model:
    """The settings of one verb in sosie.toml, then `changes`; defaults where there is no such table."""
    table = read_tables(path).get(verb, {})
    settings = check(model, table, where=f"[{verb}] de {path.name}")
    return check(model, {**table, **changes}, where=f"« {verb} »") if changes else settings


def read_tables(path: Path) -> Mapping[str, Any]:
    """The tables of sosie.toml. BadSettings where it is not TOML, or has an unknown table."""
    if not path.is_file():
        return {}
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError):
        raise BadSettings(
            f"« {path.name} » n'est pas du TOML lisible.", "Corrigez-le ou renommez-le."
        ) from None
    for name in tables:
        if name not in VERBS:
            raise BadSettings(f"« {path.name} » a une table inconnue : [{name}].", nearest(name, VERBS))
    return tables


def remember_me(path: Path, names: tuple[str, ...], aliases: Mapping[str, bool] | None = None) -> None:
    """Write `me` and `aliases` into [import] of sosie.toml, leaving every other line as it is."""
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    known = tomllib.loads(text).get("import", {})
    if known.get("me", []) == [*names] and known.get("aliases", {}) == (aliases or {}):
        return
    lines = _without(text.splitlines(), "import.aliases", None)
    lines = _without(lines, "import", ("me", "aliases"))
    if not any(_table(line) == "import" for line in lines):
        lines = [*lines, "", "[import]"] if lines else ["[import]"]
    start = [_table(line) for line in lines].index("import") + 1
    if names:
        lines.insert(start, f"me = {json.dumps([*names], ensure_ascii=False)}")
    while lines and not lines[-1].strip():
        lines.pop()
    if aliases:
        told = (f"{json.dumps(key, ensure_ascii=False)} = {json.dumps(yes)}" for key, yes in aliases.items())
        lines += ["", "[import.aliases]", *told]
    with whole(path) as draft:
        draft.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _table(line: str) -> str | None:
    """« [import] # moi » -> « import »; None where the line begins no table."""
    found = re.match(r"\s*\[\s*([\w.\s-]+?)\s*\]\s*(?:#.*)?\Z", line)
    return re.sub(r"\s", "", found[1]) if found else None


def _without(lines: list[str], table: str, keys: tuple[str, ...] | None) -> list[str]:
    """The lines without some assignments of a table, each of which may be long; or without the table."""
    kept: list[str] = []
    here, cut = None, ""
    for line in lines:
        if cut:
            cut = _unfinished(f"{cut}\n{line}")
            continue
        here = _table(line) or here
        key = line.partition("=")[0].strip().partition(".")[0].strip()
        if here == table and keys is None:
            continue
        if here == table and keys and key in keys and "=" in line:
            cut = _unfinished(line)
            continue
        kept.append(line)
    return kept


def _unfinished(text: str) -> str:
    """The text itself where it is the beginning of an assignment, else nothing."""
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return text
    return ""
