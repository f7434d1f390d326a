"""A chat format of models/chat_formats.py as the Jinja text that a GGUF's header carries for other runners.

    jinja_of(TEMPLATES["vigostral"], "<s>", "</s>")  ->  "{{- '<s>' -}}{%- if messages[0]['role'] == ..."

A text that looks like a special token becomes one there: only sosie's own door keeps them apart.
"""

from collections.abc import Iterable

from sosie.models.chat_formats import Segment, Template

SYSTEM = (
    "{%- set system = '' -%}{%- if messages[0]['role'] == 'system' -%}"
    "{%- set system = messages[0]['content'] -%}{%- set messages = messages[1:] -%}{%- endif -%}"
)


def jinja_of(template: Template, bos: str, eos: str) -> str:
    """The Jinja text of a format that is not a model's own; `bos` and `eos` as the tokenizer writes them."""
    user, assistant = template.user, template.assistant
    if user is None or assistant is None:
        raise ValueError("own template")

    def text(segments: Iterable[Segment]) -> str:
        written = (
            {"bos": bos, "eos": eos}.get(part.text, part.text) if part.special else part.text
            for part in segments
        )
        return "'" + "".join(written).replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"

    def quoted(words: str) -> str:
        return text([Segment(words)])

    before, after = map(quoted, template.fold)
    folded = "" if template.system else f"({before} + system + {after} if system and loop.first else '') + "
    # An utterance that is tokenised alone begins with a space, which here it must be given.
    space = "' ' + " if template.tokenize_alone and not assistant.before else ""
    parts = [f"{{{{- {text(template.start)} -}}}}" if template.start else "", SYSTEM]
    if template.system:
        own = f"{text(template.system.before)} + system + {text(template.system.after)}"
        parts.append(f"{{%- if system -%}}{{{{- {own} -}}}}{{%- endif -%}}")
    parts += [
        "{%- for message in messages -%}{%- if message['role'] == 'user' -%}",
        f"{{{{- {text(user.before)} + {folded}message['content'] + {text(user.after)} -}}}}",
        "{%- else -%}",
        f"{{{{- {text(assistant.before)} + {space}message['content'] + {text(assistant.after)} -}}}}",
        "{%- endif -%}{%- endfor -%}",
        f"{{%- if add_generation_prompt -%}}{{{{- {text(assistant.before)} -}}}}{{%- endif -%}}",
    ]
    return "".join(parts)
