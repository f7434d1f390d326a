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
from sosie.prepare.pseudonymise import Vault
from sosie.train.pack import pack

START = datetime(2025, 3, 1)
PHONES = "{0}{1}{2}{3}{4}", "{0} {1} {2} {3} {4}", "{0}.{1}.{2}.{3}.{4}", "{0}-{1} {2}-{3} {4}"
# No two dialogues may be near-copies: those are learnt once.
PLACES = (
    *("gare", "parc", "marché", "plage", "musée", "cinéma", "jardin", "piscine", "bureau", "lycée", "stade"),
    *("théâtre", "café", "garage", "grenier", "cave", "toit", "pont"),
)
