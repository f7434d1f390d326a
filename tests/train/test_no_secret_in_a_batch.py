"""A thousand planted secrets, in many spellings: none is left in data/, nor in the tokens of a batch."""

import random
import re
from datetime import datetime, timedelta

import pytest

from sosie.core import jsonl
from sosie.core.message import Conversation, Message
from sosie.core.settings import Prepare
from sosie.core.workspace import Workspace
from sosie.models import catalogue
from sosie.models.load import load_tokenizer
from sosie.models.template import render
from sosie.prepare import pipeline
from sosie.prepare.authors import authors
from sosie.prepare.names.export_names import ExportNames
from sosie.prepare.owner import find_me
from sosie.prepare.vault import Vault
from sosie.train.pack import pack

START = datetime(2025, 3, 1)
PHONES = "{0}{1}{2}{3}{4}", "{0} {1} {2} {3} {4}", "{0}.{1}.{2}.{3}.{4}", "{0}-{1} {2}-{3} {4}"
# No two dialogues may be near-copies: those are learnt once.
PLACES = (
    *("gare", "parc", "marché", "plage", "musée", "cinéma", "jardin", "piscine", "bureau", "lycée", "stade"),
    *("théâtre", "café", "garage", "grenier", "cave", "toit", "pont"),
)
CASES = str.lower, str.upper, str.title, str.capitalize


def secrets(chance):
    """400 phones, 250 e-mails, 350 people: (the string as it is looked for, its spellings)."""
    for _ in range(400):
        pairs = ("06", *(f"{chance.randrange(10, 100)}" for _ in range(4)))
        yield "".join(pairs), [form.format(*pairs) for form in PHONES]
    for number in range(250):
        name = "".join(chance.choices("bcdfglmnprstv", k=7))
        yield f"{name}{number}", [f"{name}{number}@exemple.fr", f"{name.upper()}{number}@EXEMPLE.FR"]
    for _ in range(350):
        name = "".join(chance.choice("bdfglmnrstz") + chance.choice("aiou") for _ in range(4))
        yield name, [case(name) for case in CASES]


@pytest.mark.parametrize("mode", ["tags", "surrogates"])
def test_no_planted_secret_is_left(mode, tmp_path):
    chance, workspace = random.Random(7), Workspace(tmp_path)
    planted = list(secrets(chance))
    talk = []
    for number, (_, spellings) in enumerate(planted * 2):
        at = START + timedelta(hours=6 * number)
        author = planted[650 + number % 350][0].title()
        for n, (who, text) in enumerate(((author, "j'ai vu {} hier soir"), ("Moi", "oui, {} répond demain"))):
            text = f"{text.format(chance.choice(spellings))} {' '.join(chance.sample(PLACES, 5))}"
            talk.append(Message(f"{number}-{n}", who, text, at + timedelta(minutes=n)))
    chat = Conversation("c", "t", "whatsapp", True, tuple(talk), "Moi")
    heard = ExportNames()
    identity = find_me(authors(map(heard.watch, [chat])), ["Moi"])
    vault = Vault.open(workspace)
    made = pipeline.prepare([chat], identity, Prepare(), vault, names=heard.names(mode))
    pipeline.write_data(made, workspace, vault)
    parts = [jsonl.read(workspace.data / f"{part}.jsonl") for part in ("train", "valid", "test")]
    dialogues = [dialogue for part in parts for dialogue in part]
    texts = "\n".join(turn.text for dialogue in dialogues for turn in dialogue.turns)
    tokenizer, template = load_tokenizer(catalogue.find("mini"))
    rows = pack([render(dialogue.turns, tokenizer, template) for dialogue in dialogues], 2048)
    batch = "".join(tokenizer.decode(list(row.ids)) for row in rows)
    assert len(planted) == 1000 and len(dialogues) >= 1000
    for text in (texts, batch):
        bare = re.sub(r"[\W_]", "", text).lower()
        assert [string for string, _ in planted if string in bare] == []
