"""`sosie export ollama`: what the Modelfile writes is what our own door writes, in bytes and in ids."""

import random
import re

import pytest
from go_template import render

from sosie.api import Project
from sosie.core.dialogue import Turn
from sosie.core.errors import BadData
from sosie.core.sampling import Sampling
from sosie.export.modelfile import OLLAMA_TEMPLATES, go_template, modelfile, parameters, quoted
from sosie.export.ollama import model_name
from sosie.models import sentencepiece_tokenizer, tiny
from sosie.models.chat_formats import TEMPLATES, write_segments
from sosie.models.template import prompt
from sosie.models.tokenizer_files import read_tokenizer

FAMILY = {"mini": "mistral", "chatml": "qwen3", "qwen3": "qwen3", "llama3": "llama", "gemma": "gemma"}
PIECES = (
    "salut",
    " ça va ?",
    'l\'été "où"',
    "deux\n\nlignes",
    "🙂👩‍🚀",
    "  deux  espaces ",
    "{{ x }}",
    "\\n",
    "{% if %}",
)
# A text that looks like a special token becomes one there; models/template.py keeps them apart.
LIKE_MARKERS = ("<|rien|>", "[PAS_INST]", "<b>", "</ s>")


def dialogue(seed):
    """A prompt: turn by turn, the user last, with or without a system text."""
    draw = random.Random(seed)

    def words():
        return "".join(draw.choices(PIECES + LIKE_MARKERS, k=draw.randint(1, 4)))

    turns = [Turn("system", words())] if seed % 2 else []
    for _ in range(draw.randint(0, 3)):
        turns += [Turn("user", words()), Turn("assistant", words())]
    return (*turns, Turn("user", words()))


@pytest.fixture(scope="module", params=OLLAMA_TEMPLATES)
def format_and_tokenizer(request, tmp_path_factory):
    template = TEMPLATES[request.param]
    if template.tokenize_alone:
        return template, sentencepiece_tokenizer.convert(sentencepiece_tokenizer.mistral_v1())
    folder = tmp_path_factory.mktemp(template.name)
    tiny.save_tokenizer(folder, FAMILY[template.name])
    return template, read_tokenizer(folder)


def as_ollama(text, turns):
    """What Ollama gives to a template: all messages, and the system texts apart."""
    system = "\n\n".join(turn.text for turn in turns if turn.role == "system")
    return render(
        text, {"System": system, "Messages": [{"Role": turn.role, "Content": turn.text} for turn in turns]}
    )


def ids_of(text, tokenizer):
    """The ids that llama.cpp makes: special tokens by their names, the texts between them apart."""
    backend = tokenizer.backend_tokenizer
    backend.encode_special_tokens = False
    try:
        return backend.encode(text, add_special_tokens=False).ids
    finally:
        backend.encode_special_tokens = True


def our_text(turns, template, bos, eos):
    """The segments that stand before an answer; an utterance that is tokenised alone begins with a space."""
    segments = write_segments((*turns, Turn("assistant", "")), template)
    before_answer = segments[: -1 - len(template.assistant.after)]
    signs = {"bos": bos, "eos": eos}
    return "".join(
        signs.get(part.text, part.text)
        if part.special
        else " " * (template.tokenize_alone and part.answer >= 0) + part.text
        for part in before_answer
    )


def test_two_hundred_prompts_are_ours_in_bytes_and_in_ids(format_and_tokenizer):
    template, tokenizer = format_and_tokenizer
    signs = str(tokenizer.bos_token or ""), str(tokenizer.eos_token or "")
    text = go_template(template, *signs, adds_bos=False)
    for turns in map(dialogue, range(200)):
        written = as_ollama(text, turns)
        assert written == our_text(turns, template, *signs)
        assert ids_of(written, tokenizer) == prompt(turns, tokenizer, template)


def test_a_runner_that_puts_the_bos_itself_is_given_none():
    assert go_template(TEMPLATES["llama3"], "<|begin_of_text|>", "<|eot_id|>", adds_bos=True).startswith("{{")


def test_a_model_s_own_jinja_is_refused_in_a_sentence():
    with pytest.raises(BadData, match="Ollama"):
        go_template(TEMPLATES["own"], "<s>", "</s>", adds_bos=False)


def test_the_floor_of_min_p_cuts_the_same_tokens_before_the_temperature():
    told = dict(parameters(Sampling(temperature=1.2, min_p=0.05, top_p=1.0), (), 1024))
    chances = [0.6, 0.3, 0.03, 0.02, 0.01]
    heated = [chance ** (1 / 1.2) for chance in chances]
    after = [one >= 0.05 * max(heated) for one in heated]
    assert [one >= float(told["min_p"]) * max(chances) for one in chances] == after
    assert told["top_k"] == "0" and told["repeat_penalty"] == "1.1"


def test_a_portrait_cannot_leave_its_quotation_marks():
    text = 'a """\nFROM autre\n"""'
    written = modelfile("m.gguf", "t", text, "", [])
    assert written.count('"""') == 2 and quoted("<|end|>") == '"<|end|>"'
    assert re.findall("^FROM.*$", written.split('"""')[0], re.MULTILINE) == ["FROM ./m.gguf"]


def test_names_are_those_that_ollama_takes():
    assert model_name("Léa 2") == "sosie-lea-2" and model_name("🙂") == "sosie-double"


def test_the_folder_holds_the_whole_double_and_one_command_makes_the_model(work, whole):
    pytest.importorskip("gguf")
    done = Project(work.folder).export("ollama", weights="q4_0")
    folder = work.out / "sosie-léa-ollama"
    assert {path.name for path in done.files} == {"Modelfile", "certificat.json", "sosie-léa-q4_0.gguf"}
    text = (folder / "Modelfile").read_text("utf-8")
    assert text.startswith("FROM ./sosie-léa-q4_0.gguf\n") and 'SYSTEM "Tu es Léa."' in text
    assert 'PARAMETER stop "<|end|>"' in text and "MIT" in text
    assert "ollama create sosie-lea -f" in done.steps[-1]
    assert Project(work.folder).verify(folder).valid
