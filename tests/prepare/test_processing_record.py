"""The record of processing: what a person could hand over, and nobody's name."""

from prepare_talk import conversation

from sosie.core.settings import Prepare
from sosie.prepare import pipeline
from sosie.prepare.authors import authors
from sosie.prepare.owner import find_me
from sosie.prepare.processing_record import processing_record
from sosie.prepare.vault import Vault


def record(*threads):
    vault = Vault("a" * 64)
    made = pipeline.prepare(iter(threads), find_me(authors(threads), ["Léa"]), Prepare(), vault)
    return processing_record(made.dialogues, vault)


def test_it_says_what_from_whom_when_and_what_was_masked():
    said = record(conversation("Malo: ton 06 39 98 12 47 ?", "Léa: oui c'est lui", "Malo: ok", "Léa: voilà"))
    assert "1 dialogue, fait de 2 réponses" in said and "1 correspondant, sous pseudonyme : [AMI_1]" in said
    assert "du 01/03/2025 au 01/03/2025" in said and "WhatsApp" in said and "téléphone (1)" in said
    assert "sosie forget" in said


def test_it_names_nobody_and_quotes_nothing():
    said = record(conversation("Malo: on va au ciné ?", "Léa: oui au Rex"))
    assert not any(word in said for word in ("Malo", "Léa", "ciné", "Rex"))
