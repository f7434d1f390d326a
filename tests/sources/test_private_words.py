"""A word that somebody wrote is in no error, log, event or screen, whatever befell its file."""

import logging

import pytest
from damaged import ZIPPED, damage
from specimens import SECRET, lay, specimens

from sosie import inspect
from sosie.api import Project
from sosie.cli.main import _run
from sosie.core.errors import SosieError
from sosie.sources.base import BUILT_IN

ACCIDENTS = 6


def hurt(form, folder):
    """Exports of a format that hold SECRET: whole, damaged, and given as one of another format."""
    for place, whole in enumerate(specimens(form)[:2]):
        yield lay(whole, folder / f"entier-{place}"), form
        yield lay(whole, folder / f"entier-{place}"), "sms" if form != "sms" else "email"
        for number in range(ACCIDENTS):
            path = lay(whole, folder / f"abîmé-{place}-{number}")
            changed = damage(whole, number, seed=5)
            path = (
                lay(changed, folder / f"zip-{number}") / ZIPPED if ZIPPED in changed else lay(changed, path)
            )
            yield path, form if number % 2 else None


@pytest.mark.parametrize("form", BUILT_IN)
def test_no_private_word_is_told_by_inspect_or_import(form, tmp_path, capfd, caplog):
    caplog.set_level(logging.DEBUG)
    told = []
    for number, (path, source) in enumerate(hurt(form, tmp_path / "exports")):
        forced = ["--source", source] if source else []
        _run(["inspect", str(path), *forced])
        for verb in (
            lambda path=path, source=source: inspect(path, source, report=told.append),
            lambda path=path, source=source, number=number: Project(tmp_path / f"projet-{number}").import_(
                [path], ["Personne"], source, told.append
            ),
        ):
            try:
                verb()
            except SosieError as error:
                told.append((str(error), error.message, error.mend))
    shown = capfd.readouterr()
    assert told and shown.out and SECRET not in shown.out + shown.err + caplog.text + repr(told)
    kept = [
        path
        for path in tmp_path.rglob("*")
        if path.suffix in (".log", ".toml") or path.name == "events.jsonl"
    ]
    assert not any(SECRET in path.read_text("utf-8", "replace") for path in kept)
