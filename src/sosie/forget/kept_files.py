"""A person out of the files that are neither exports nor runs: settings, vault, decisions, data/, kits."""

import json
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

from sosie.core import jsonl, settings, settings_file
from sosie.core.dialogue import Dialogue
from sosie.core.errors import SosieError
from sosie.core.progress import Event, Report
from sosie.core.workspace import Workspace, whole, write_json
from sosie.evaluate.report.style_page import PAGE as STYLE_PAGE
from sosie.forget.certificate import NAMED
from sosie.forget.pending import FILE as PENDING
from sosie.importing.run import prepare_stored
from sosie.importing.traces import Traces
from sosie.prepare import pipeline
from sosie.prepare.authors import fold_name
from sosie.prepare.consent import HIDDEN, Consents, parts_of
from sosie.prepare.originals import ORIGINALS, Originals
from sosie.prepare.review.apply import DATA_PARTS, undecided
from sosie.prepare.review.decisions import Decisions, base_id, rewrite_lines
from sosie.prepare.vault import Vault
from sosie.recall.own_words import remove_index

VAULT = "pseudonyms.json"
MARK = re.compile(r"[0-9a-f]{32}")
OF_PREPARE = ("report.json", "registre.md", STYLE_PAGE)
OF_DATA = ("train.jsonl", "valid.jsonl", "test.jsonl", "reviewed.jsonl", *OF_PREPARE)
KIT = ("scelle.bin", "data/train.jsonl")


def people_of_vault(workspace: Workspace) -> list[str]:
    """The names that have a pseudonym; those that were removed have a mark there, and no name."""
    return [name for name in _vault(workspace).get("friends", {}) if not MARK.fullmatch(name)]


def pseudonyms_of(workspace: Workspace, names: frozenset[str]) -> set[str]:
    """What data/ calls a person, by their names, folded."""
    friends = _vault(workspace).get("friends", {})
    return {str(mark) for name, mark in friends.items() if fold_name(name) in names}


def clean_names(workspace: Workspace, names: frozenset[str], consents: Consents) -> None:
    """sosie.toml, where it says who is not the owner; the vault, where a mark keeps the pseudonym's place."""
    known = settings_file.load(workspace.settings, "import", settings.Import)
    aliases = {
        key: yes for key, yes in known.aliases.items() if fold_name(key.partition("/")[2]) not in names
    }
    if aliases != known.aliases:
        settings_file.remember_me(workspace.settings, known.me, aliases)
    if record := _vault(workspace):
        vault = Vault(record["salt"])
        for kind, given in record.get("surrogates", {}).items():
            for same in {same for name in names for same in same_as(name)}:
                given.pop(vault.fingerprint(kind, same), None)
        write_json(workspace.private / VAULT, _without_keys(record, names, consents))


def same_as(name: str) -> Iterator[str]:
    """« Jean Le Goff » -> jean, jean le, jean le goff, le, le goff, goff: as a surrogate may be known"""
    words = [word for part in parts_of(name) for word in part.split("-")]
    for first, last in combinations(range(len(words) + 1), 2):
        yield " ".join(words[first:last])


def _vault(workspace: Workspace) -> dict[str, Any]:
    try:
        record = json.loads((workspace.private / VAULT).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return record if isinstance(record, dict) else {}


def _without_keys(value: Any, names: frozenset[str], consents: Consents) -> Any:
    if not isinstance(value, dict):
        return value
    return {
        consents.mark(fold_name(key))
        if fold_name(key) in names or consents.hide(key) == HIDDEN
        else key: _without_keys(inner, names, consents)
        for key, inner in value.items()
    }


def clean_decisions(workspace: Workspace, ids: frozenset[str], consents: Consents) -> None:
    """No correction of a dialogue with the person is kept, nor of one that is gone; the name in no other."""
    known = {dialogue.origin.id for dialogue, _ in undecided(workspace, Decisions.open(workspace))}

    def cleaned(record: dict[str, Any]) -> dict[str, Any] | None:
        if not isinstance(text := record.get("text"), str):
            return record
        bases = set(map(base_id, map(str, record.get("on", ()))))
        return {**record, "text": consents.hide(text)} if bases <= known - ids else None

    rewrite_lines(workspace, cleaned)


def remake_data(
    workspace: Workspace,
    stored: bool,
    is_in: Callable[[Dialogue], bool],
    consents: Consents,
    report: Report,
) -> None:
    """data/ from what is left in exports/, else without their dialogues; gone where nothing is left."""
    (workspace.data / STYLE_PAGE).unlink(missing_ok=True)  # it counts what was written to them
    remove_index(workspace)
    originals = workspace.private / ORIGINALS
    parts = [workspace.data / f"{part}.jsonl" for part in (*DATA_PARTS, "reviewed")]
    if stored or not any(path.is_file() for path in parts):
        originals.unlink(missing_ok=True)  # words in clear; prepare makes it again
    if not any(path.is_file() for path in parts):
        return
    if not stored:
        there = [each for path in filter(Path.is_file, parts) for each in jsonl.read(path)]
        _clean_originals(originals, {base_id(each.origin.id) for each in there if not is_in(each)}, consents)
        for name in OF_PREPARE:  # they tell of what was there, and cannot be made again
            (workspace.data / name).unlink(missing_ok=True)
        for path in filter(Path.is_file, parts):
            kept = [_hidden(each, consents) for each in jsonl.read(path) if not is_in(each)]
            jsonl.write(path, kept)
        return
    try:
        prepare_stored(workspace, pipeline.options_of(workspace), report)
    except SosieError as error:
        for name in OF_DATA:
            (workspace.data / name).unlink(missing_ok=True)
        (workspace.private / "strings.jsonl").unlink(missing_ok=True)
        report(
            Event("warning", text=f"Il ne reste pas de quoi refaire data/, qui est vidé : {error.message}")
        )


def _clean_originals(path: Path, kept: set[str], consents: Consents) -> None:
    """What masks stand for in the dialogues that stay, without the person's name."""
    if not path.is_file():
        return
    lines = [line for line in Originals(path).lines() if line["dialogue"] in kept]
    for line in lines:
        for _, cuts in line["texts"]:
            cuts[:] = [(start, end, consents.hide(text)) for start, end, text in cuts]
    with whole(path) as draft:
        draft.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), "utf-8")


def _hidden(dialogue: Dialogue, consents: Consents) -> Dialogue:
    turns = tuple(replace(turn, text=consents.hide(turn.text)) for turn in dialogue.turns)
    return replace(dialogue, turns=turns)


def remove_kits(workspace: Workspace) -> None:
    """The kits that hold dialogues, sealed or not: they were packed before."""
    for path in workspace.out.glob("*.zip"):
        with suppress(OSError, zipfile.BadZipFile):
            with zipfile.ZipFile(path) as inside:
                is_kit = any(name in KIT for name in inside.namelist())
            if is_kit:
                path.unlink()


def still_named(workspace: Workspace, traces: Traces) -> Iterator[str]:
    """The files of the folder that still name the person; those of exports/ were looked at before."""
    for path in sorted(workspace.folder.rglob("*")):
        inside = path.relative_to(workspace.folder)
        told = path.parent == workspace.private and (path.name.startswith(NAMED) or path.name == PENDING)
        own = told or inside.parts[0] == workspace.exports.name
        if not own and (traces.in_text(path.name) or (path.is_file() and traces.in_file(path))):
            yield str(inside)
