"""The certificate that goes with every export of a double: what was measured of it, and what it consists of.

 {"format": 1, "double": {name, made, adapter_sha256, bits}, "base": {name, revision, licence},
  "data": {"replies": 1200}, "measured": "2026-11-30",
  "likeness": {value, low, high, n, base{...}, counts}, "referee": {c2st, low, high, ceiling, ...},
  "verdict": "green", "arena": {"acquaintances": {rate, low, high, n, ...}, "strangers": {...}},
  "memorisation": {...}, "leaks": {...},
  "forgetting": {...},                                                 "non mesuré" where nothing says
  "files": {"Modelfile": sha256...}, "key": "...", "signature": "...", "sha256": "..."}

`sha256` is that of all the rest, as JSON with sorted keys and no spaces: anybody can compute it, and anybody
can make another. `signature` is an HMAC with the project's own secret: only who has that secret can make one,
or check it; `key` says which secret it was, and is another for each double. Counts and figures only: no
sentence of a report, no name of a correspondent.
"""

import hmac
import json
import math
import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from sosie.core.digests import sha256_of
from sosie.core.double import Double
from sosie.core.given import object_in
from sosie.core.workspace import Workspace
from sosie.export.public_files import counts_of
from sosie.models.catalogue import catalogue
from sosie.models.double_zip import CERTIFICATE
from sosie.models.doubles import measured_in

NOT_MEASURED = "non mesuré"
SCORES, FOOLING = "evaluate/scores.json", "evaluate/fooling.json"
DAY = re.compile(r"\d{4}-\d\d-\d\d")
LIGHTS = ("green", "red", "unknown")
VERDICTS = ("green", "red", "grey")
GROUPS = ("acquaintances", "strangers", "unsaid")
RATES = ("rate", "low", "high", "fooled", "n", "raters")
FIGURES = {
    "likeness": ("value", "low", "high", "n", "others"),
    "referee": ("c2st", "low", "high", "ceiling", "base", "unknown_words", "n"),
    "memorisation": ("value", "low", "high", "n", "gate"),
    "leaks": ("value", "n_generations", "gate"),
    "forgetting": ("change_percent", "low", "high", "n", "gate"),
}


def certify(
    workspace: Workspace,
    double: Double,
    name: str,
    files: Mapping[str, bytes | Path],
    exports: Mapping[str, Any] | None = None,
) -> bytes:
    """The text of the certificate of these files, by the names that they have in the export.

    `exports`: the others made of this double, that a bundle names.
    """
    base = Path(double.base).name if Path(double.base).is_absolute() else double.base
    card = catalogue().get(double.base)
    record = {
        "format": 1,
        "double": {
            "name": name,
            "made": day_of(double.created),
            "adapter_sha256": double.adapter_sha256,
            "bits": double.bits,
        },
        "base": {
            "name": (card.hub if card else "") or base,
            "revision": double.revision,
            "licence": card.licence if card and card.licence else "inconnue",
        },
        "data": counts_of(double),
        **measures(measured_in(workspace, double) / SCORES),
        "arena": fooling(measured_in(workspace, double) / FOOLING, double.adapter_sha256),
        "files": {each: sha256_of(content) for each, content in sorted(files.items())},
        **({"exports": exports} if exports else {}),
    }
    return sign(record, workspace.secret())


def measures(path: Path) -> dict[str, Any]:
    """The figures of an evaluation, NOT_MEASURED for what it does not tell."""
    try:
        scores = object_in(path)
    except (OSError, ValueError):
        scores = {}
    found: dict[str, Any] = {name: figures(scores.get(name), kept) for name, kept in FIGURES.items()}
    if isinstance(found["likeness"], dict):
        base = scores["likeness"].get("base")
        found["likeness"] |= {
            "base": figures(base, FIGURES["likeness"]),
            "counts": scores.get("counts") is True,
        }
    verdict = scores.get("verdict")
    found["verdict"] = verdict if verdict in VERDICTS else NOT_MEASURED
    made = scores.get("made")
    at = day_of(made.get("at")) if isinstance(made, dict) else ""
    return {"measured": at or NOT_MEASURED, **found}


def fooling(path: Path, adapter: str) -> Any:
    """How often this very adapter was taken for the person, by those who know them and by the others."""
    try:
        told = object_in(path)
    except (OSError, ValueError):
        return NOT_MEASURED
    if told.get("adapter_sha256") != adapter:
        return NOT_MEASURED
    return {group: figures(told.get(group), RATES) for group in GROUPS if group in told} or NOT_MEASURED


def day_of(told: Any) -> str:
    """« 2026-11-30T10:00:00+00:00 » -> « 2026-11-30 »; empty for anything else."""
    day = str(told)[:10]
    return day if DAY.fullmatch(day) else ""


def figures(told: Any, kept: tuple[str, ...]) -> Any:
    """The numbers and the light of one measure."""
    if not isinstance(told, dict) or not is_number(told.get(kept[0])):
        return NOT_MEASURED
    return {name: told[name] for name in kept if is_number(told.get(name)) or told.get(name) in LIGHTS}


def is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def sign(record: Mapping[str, Any], secret: bytes) -> bytes:
    """The certificate's text with its key, signature and sum."""
    told = {**record, "key": key_mark(record, secret)}
    signed = {**told, "signature": hmac.new(secret, canonical(told), sha256).hexdigest()}
    return written({**signed, "sha256": sha256(canonical(signed)).hexdigest()})


def is_summed(record: Mapping[str, Any]) -> bool:
    """Whether the sum is that of the rest."""
    rest = {name: value for name, value in record.items() if name != "sha256"}
    return bool(record.get("sha256") == sha256(canonical(rest)).hexdigest())


def is_signed(record: Mapping[str, Any], secret: bytes) -> bool | None:
    """Whether this secret signed it; None where it was another one's, which cannot be told from a forgery."""
    if not secret or record.get("key") != key_mark(record, secret):
        return None
    told = {name: value for name, value in record.items() if name not in ("signature", "sha256")}
    made = hmac.new(secret, canonical(told), sha256).hexdigest()
    return hmac.compare_digest(str(record.get("signature")).encode(), made.encode())


def key_mark(record: Mapping[str, Any], secret: bytes) -> str:
    """Which secret it was, without a word of it, and other for each double."""
    about = f"key of {record['double']['adapter_sha256']}"
    return hmac.new(secret, about.encode(), sha256).hexdigest()[:16]


def canonical(record: Mapping[str, Any]) -> bytes:
    return json.dumps(record, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def written(record: Mapping[str, Any]) -> bytes:
    return (json.dumps(record, ensure_ascii=False, indent=1) + "\n").encode()


def names_in(path: Path) -> set[str]:
    """The files that a folder's certificate names, and itself; none where it cannot be read."""
    try:
        return {CERTIFICATE, *object_in(path / CERTIFICATE)["files"]}
    except (OSError, ValueError, KeyError, TypeError):
        return set()
