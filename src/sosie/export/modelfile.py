"""A chat format as Ollama is told it: a Modelfile, and in it the template in Go's language of templates.

 FROM ./sosie-léa-q8_0.gguf
 TEMPLATE \"\"\"{{- if .System }}<|system|>{{ .System }}<|end|>{{ end }}...\"\"\"
 SYSTEM \"\"\"Tu es Léa...\"\"\"
 PARAMETER temperature 1.2

Ollama gives the template `.System` (all system texts, a blank line between) and `.Messages`; it cuts by min-p
before it divides by the temperature, where sosie and transformers do so after:

    p^(1/T) >= m max^(1/T)    is    p >= m^T max
"""

from collections.abc import Iterable, Mapping, Sequence

from sosie.core.errors import BadData
from sosie.core.sampling import Sampling
from sosie.models.chat_formats import Segment, Template, TurnFormat

TRIPLE = '"""'
OLLAMA_TEMPLATES = ("mini", "mistral", "vigostral", "chatml", "qwen3", "llama3", "gemma")


def go_template(template: Template, bos: str, eos: str, adds_bos: bool) -> str:
    """The Go text of a named format. `adds_bos`: whether the runner puts the BOS there by itself.

    BadData for a model's own Jinja, which has no translation.
    """
    user, assistant = template.user, template.assistant
    if template.name not in OLLAMA_TEMPLATES or user is None or assistant is None:
        raise BadData(
            "Ce modèle a son propre format de conversation, que sosie ne sait pas dire à Ollama.",
            "Avec llama.cpp, il marche tel quel : sosie export gguf",
        )

    def text(segments: Iterable[Segment]) -> str:
        signs = {"bos": bos, "eos": eos}
        return "".join(signs.get(part.text, part.text) if part.special else part.text for part in segments)

    def turn(shape: TurnFormat, content: str) -> str:
        return f"{text(shape.before)}{content}{text(shape.after)}"

    before, after = template.fold
    folded = f'{{{{ if $system }}}}{before}{{{{ $system }}}}{after}{{{{ $system = "" }}}}{{{{ end }}}}'
    # An utterance that is tokenised alone begins with a space, which here it must be given.
    space = " " if template.tokenize_alone and not assistant.before else ""
    said = "{{ .Content }}"
    opening = "" if adds_bos else text(template.start)
    if template.system:
        own = turn(template.system, "{{ .System }}")
        opening += f"{{{{ if .System }}}}{own}{{{{ end }}}}"
    else:
        opening += "{{ $system := .System }}"
    return "".join(
        (
            opening,
            '{{ range .Messages }}{{ if eq .Role "user" }}',
            turn(user, said if template.system else folded + said),
            '{{ else if eq .Role "assistant" }}',
            turn(assistant, space + said),
            "{{ end }}{{ end }}",
            text(assistant.before),
        )
    )


def parameters(sampling: Sampling, stops: Sequence[str], context: int) -> list[tuple[str, str]]:
    """Ollama's names and values; what it would do otherwise (top_k 40, penalty 1.1) is said too."""
    floor = sampling.min_p**sampling.temperature if sampling.temperature and sampling.min_p else 0.0
    told: dict[str, float | int] = {
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "top_k": 0,
        "min_p": round(floor, 6),
        "repeat_penalty": sampling.repetition_penalty,
        "num_predict": sampling.max_tokens,
        "num_ctx": context,
        **({} if sampling.seed is None else {"seed": sampling.seed % (1 << 31)}),
    }
    texts = dict.fromkeys((*stops, *sampling.stop))
    return [*((name, f"{value}") for name, value in told.items()), *(("stop", quoted(one)) for one in texts)]


def modelfile(file: str, template: str, portrait: str, licence: str, told: Iterable[tuple[str, str]]) -> str:
    """The whole text; a system text only where the double has one."""
    blocks: Mapping[str, str] = {"TEMPLATE": template, "SYSTEM": portrait, "LICENSE": licence}
    lines = [f"FROM ./{file}", *(f"PARAMETER {name} {value}" for name, value in told)]
    lines += [f"{name} {quoted(text)}" for name, text in blocks.items() if text]
    return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    """Between quotation marks, which nothing can escape inside: three in a text become three others."""
    if not set(text) & set('"\n'):
        return f'"{text}"'
    return f"{TRIPLE}{text.replace(TRIPLE, chr(39) * 3)}{TRIPLE}"
