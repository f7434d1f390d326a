"""A few small exports of every format, held in memory: {"name/inside.json": bytes}.

    for specimen in specimens("telegram"): ...      a full export, one of 2020, one in HTML pages
    lay(specimen, tmp_path / "export")              written as the folder that an app would give

One word of what people wrote is SECRET in each of them, so that a test can look for it where it must not be.
"""

import json
import re
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from imessage_base import body, make
from viber_base import viber
from whatsapp_bases import android, iphone, old_android

from sosie.core.errors import SosieError
from sosie.sources.base import read_export

FIXTURES = Path(__file__).parent.parent / "fixtures"
SECRET = "motsecretplante"
Specimen = dict[str, bytes]

# Formats that have several layouts; the others have fixtures/FORMAT/export.
LAYOUTS = {
    "sms": ("sms/export", "sms_ndjson/export", "sms_qksms/export", "sms_fossify/export"),
    "telegram": ("telegram/export", "telegram_2020/export", "telegram_html/export"),
    "messenger": ("messenger/export", "messenger_html/export"),
    "discord": ("discord/export", "discord_html/export", "discord_html/old"),
    "snapchat": ("snapchat/export", "snapchat_html/export", "snapchat_html/old"),
    "imessage_exporter": ("imessage_exporter/export", "imessage_exporter/html"),
    "signalbackup": ("signalbackup/export", "signalbackup/pages"),
    "sigtop": ("sigtop/export", "sigtop/text", "sigtop/short"),
    "tiktok": ("tiktok/export", "tiktok/text"),
    "deepseek": ("deepseek/export", "deepseek/old"),
    "signal_export": ("signal_export/export", "signal_export/markdown"),
}
PAIR = [("user", "ça va bien ?"), ("assistant", "ouais tranquille et toi")]
DATA_SETS = {
    "openai_jsonl": {"messages": [{"role": role, "content": text} for role, text in PAIR]},
    "sharegpt": {
        "conversations": [{"from": "human", "value": PAIR[0][1]}, {"from": "gpt", "value": PAIR[1][1]}]
    },
    "alpaca": {"instruction": PAIR[0][1], "input": "", "output": PAIR[1][1]},
}


@cache
def specimens(form: str) -> tuple[Specimen, ...]:
    """Whole exports of one format, each with SECRET among its words; made once, to be left as they are."""
    return tuple(planted(found, form) for found in _whole(form))


def _whole(form: str) -> Iterator[Specimen]:
    if form in DATA_SETS:
        lines = [json.dumps(DATA_SETS[form], ensure_ascii=False)] * 5
        yield {"data.jsonl": "\n".join(lines).encode()}
        yield {"data.json": f"[{','.join(lines)}]".encode()}
    elif form == "imessage":
        yield {"chat.db": _base()}
    elif form == "viber":
        yield {"viber.db": _viber_base()}
    elif form == "whatsapp_backup":
        yield _files(FIXTURES / form / "export")
        yield from _whatsapp_bases()
    elif form == "whatsapp":
        for path in sorted((FIXTURES / "whatsapp").glob("*.txt")):
            yield {path.name: path.read_bytes()}
    else:
        for layout in LAYOUTS.get(form, (f"{form}/export",)):
            yield _files(FIXTURES / layout)


def _files(folder: Path) -> Specimen:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def _base() -> bytes:
    """A chat.db of a few messages, in 512-byte pages so that it stays small."""
    told = [{"text": "on vient"}, {"attributedBody": body(f"avec {SECRET}")}, {"text": "oui", "chats": [2]}]
    told.append({"text": "on arrive", "is_from_me": 1})
    with tempfile.TemporaryDirectory() as folder:
        return make(Path(folder) / "chat.db", *told, script="PRAGMA page_size=512; VACUUM;").read_bytes()


def _viber_base() -> bytes:
    told = [{"Body": "on vient"}, {"Body": f"avec {SECRET}"}, {"Body": "oui", "ContactID": 1}, {"Type": 2}]
    with tempfile.TemporaryDirectory() as folder:
        path = viber(Path(folder) / "viber.db", *told, script="PRAGMA page_size=512; VACUUM;")
        return path.read_bytes()


def _whatsapp_bases() -> Iterator[Specimen]:
    """Both generations of Android and an iPhone's, likewise."""
    said, small = ["on vient", f"avec {SECRET}", "oui", "on arrive"], "PRAGMA page_size=512; VACUUM;"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "msgstore.db"
        yield {
            path.name: android(
                path, *({"text_data": text, "from_me": n % 2} for n, text in enumerate(said)), script=small
            ).read_bytes()
        }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "msgstore.db"
        told = ({"data": text, "key_from_me": n % 2} for n, text in enumerate(said))
        yield {path.name: old_android(path, *told, script=small).read_bytes()}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ChatStorage.sqlite"
        told = ({"ZTEXT": text, "ZISFROMME": n % 2} for n, text in enumerate(said))
        yield {path.name: iphone(path, *told, script=small).read_bytes()}


def lay(specimen: Specimen, folder: Path) -> Path:
    for name, data in specimen.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def texts(path: Path, form: str) -> list[str]:
    """What people wrote in an export; nothing where it is refused."""
    try:
        found = read_export(path, form)
        return [message.text for conversation in found for message in conversation.messages]
    except SosieError:
        return []


def planted(specimen: Specimen, form: str) -> Specimen:
    """The same export, where SECRET stands for one word that somebody wrote."""
    with tempfile.TemporaryDirectory() as folder:
        path = lay(specimen, Path(folder))
        said = texts(path, form)
        if any(SECRET in text for text in said):
            return specimen
        for word in sorted(set(re.findall(r"\b[a-z]{4,}\b", "\n".join(said))), key=lambda w: (-len(w), w)):
            changed = {
                name: re.sub(rb"\b%b\b" % word.encode(), SECRET.encode(), data)
                for name, data in specimen.items()
            }
            if any(SECRET in text for text in texts(lay(changed, path), form)):
                return changed
    raise AssertionError(f"no word of this {form} export can be replaced")
