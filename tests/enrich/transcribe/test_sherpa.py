"""sherpa-onnx: a folder that is no model of it is told in one sentence, before and after it is opened."""

import sys

import numpy as np
import pytest

from sosie.core.errors import UnknownModel
from sosie.enrich.transcribe.sherpa import Sherpa

# What the real module does with a damaged encoder; a module of this name, found before any other.
REFUSES = """
class OfflineRecognizer:
    @classmethod
    def from_whisper(cls, encoder, decoder, tokens, language="en"):
        raise RuntimeError("Load model from encoder.onnx failed:Protobuf parsing failed.")
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "sherpa_onnx.py").write_text(REFUSES, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "sherpa_onnx", raising=False)
    made = tmp_path / "petit"
    made.mkdir()
    return made


def test_a_folder_without_its_files_is_told(folder):
    with pytest.raises(UnknownModel, match="« petit » n'est pas le dossier"):
        Sherpa(str(folder), lambda question: True)


def test_files_that_are_no_model_are_told(folder):
    for name in ("encoder.onnx", "decoder.onnx", "tokens.txt"):
        (folder / name).write_text("rien", encoding="utf-8")
    with pytest.raises(UnknownModel, match="« petit » n'est pas le dossier"):
        Sherpa(str(folder), lambda question: True).hear(np.zeros(16000, np.float32), "fr")
