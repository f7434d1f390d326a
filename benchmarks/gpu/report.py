"""What was measured, put together: ratios to A and to the peak, checks, predictions beside; and a table."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.gpu.setting import Size
from benchmarks.gpu.variants import Variant, predicted

LIBRARIES = (
    "sosie",
    "torch",
    "transformers",
    "peft",
    "accelerate",
    "bitsandbytes",
    "trl",
    "unsloth",
    "datasets",
)
GRADIENT_LIMIT = 2e-2  # of a 16-bit step against a 32-bit one
LOSS_LIMIT = 0.01  # of E's curve against A's
Rows = dict[str, dict[str, Any]]


def tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def line(variant: Variant, row: dict[str, Any]) -> str:
    """One variant as it ends."""
    if "n/a" in row:
        return f"{variant.name:8} n/a: {row['n/a']}"
    rate = row.get("tokens_per_second")
    told = f"{rate:9.0f} tokens/s" if rate else f"{row.get('flops', row.get('gradient_difference', 0)):9.3g}"
    return f"{variant.name:8} {told}  {row['wall_seconds']:5.0f} s in all  {variant.words}"


def whole(rows: Rows, size: Size, device: str, seconds: float) -> dict[str, Any]:
    """The JSON that is kept."""
    card, for_real = card_name(device), size.name != "tiny"
    for name, row in rows.items():
        rate = row.get("tokens_per_second")
        peak = rows.get("peak", {}).get("flops")
        row["predicted_seconds"] = predicted(card, name) if for_real else None
        if rate and peak and for_real:  # 4N a token: what must be computed, whatever a loop computes twice
            row["peak_share"] = row.get("operations_a_token", 4 * size.multiplied) * rate / peak
        if rate and rows.get("A", {}).get("tokens_per_second"):
            row["times_A"] = rate / rows["A"]["tokens_per_second"]
            row |= busy_ratio(rows["A"], row)
    return {
        "kind": "GPU" if device == "cuda" else "CPU, tiny: it shows that the program runs, and no speed",
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "device": card,
        "size": size.name,
        "commit": commit(),
        "versions": environments(rows),
        "seconds": round(seconds, 1),
        "checks": checks(rows),
        "not_measured": ["bytes moved a step", "liger", "any other card than this one"],
        "variants": rows,
    }


def busy_ratio(first: dict[str, Any], row: dict[str, Any]) -> dict[str, float]:
    """How many times less device time a token takes than in A: the forecast for a card of longer kernels."""
    if "busy_seconds_a_step" not in first or "busy_seconds_a_step" not in row:
        return {}
    theirs, ours = (one["busy_seconds_a_step"] * one["steps"] for one in (first, row))  # the same job
    return {"times_A_device_busy": theirs / ours}


def environments(rows: Rows) -> dict[str, dict[str, str]]:
    """Which variants ran with which versions: {"A B": {...}, "E F G": {...}}."""
    found: dict[str, list[str]] = {}
    for name, row in rows.items():
        if "versions" in row:
            found.setdefault(json.dumps(row.pop("versions")), []).append(name)
    return {" ".join(names): json.loads(told) for told, names in found.items()}


def checks(rows: Rows) -> dict[str, Any]:
    """Right before fast: gradients, losses that are numbers, E's curve beside A's. None: not run."""
    difference = rows.get("check", {}).get("gradient_difference")
    finite = [row["finite"] for row in rows.values() if "finite" in row]
    return {
        "gradient_difference": difference,
        "gradient_ok": None if difference is None else difference < GRADIENT_LIMIT,
        "losses_finite": all(finite) if finite else None,
        **curves(rows.get("A", {}).get("losses"), rows.get("E", {}).get("losses")),
    }


def curves(first: list[float] | None, ours: list[float] | None) -> dict[str, Any]:
    if not first or not ours or len(first) != len(ours):
        return {"curve_difference": None, "curve_ok": None}
    largest = max(abs(a - b) / a for a, b in zip(first, ours, strict=True))
    return {"curve_difference": largest, "curve_ok": largest < LOSS_LIMIT}


def table(made: dict[str, Any]) -> str:
    """For people: Markdown."""
    lines = [
        f"{made['device']}, {made['size']}, {made['date']}, commit {made['commit']} ({made['kind']})",
        "",
        "| | loop s | predicted s | tokens/s | x A | of peak | passes | padding | logits rows | memory GB |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, row in made["variants"].items():
        if "n/a" in row:
            lines.append(f"| {name} | n/a: {row['n/a'][:80]} |" + " |" * 8)
        elif "tokens_per_second" in row:
            lines.append(f"| {name} | " + " | ".join(cells(row)) + " |")
    return "\n".join([*lines, "", f"Checks: {made['checks']}"])


def cells(row: dict[str, Any]) -> list[str]:
    counted = row.get("counters", {})
    peak = row.get("peak_allocated_bytes", row.get("peak_resident_bytes", 0))
    return [
        shown(row.get("loop_seconds")),
        shown(row.get("predicted_seconds")),
        shown(row["tokens_per_second"]),
        shown(row.get("times_A")),
        shown(row.get("peak_share")),
        *(shown(counted.get(name)) for name in ("weight_passes", "padding", "logits_rows")),
        shown(peak / 1e9),
    ]


def shown(value: float | None) -> str:
    return "" if value is None else str(value) if isinstance(value, int) else f"{value:.3g}"


def card_name(device: str) -> str:
    if device == "cuda":
        import torch

        return str(torch.cuda.get_device_name(0))
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "CPU")


def versions() -> dict[str, str | None]:
    """Of this environment; None where a library is not in it."""

    def known(library: str) -> str | None:
        try:
            return version(library)
        except PackageNotFoundError:
            return None

    return {"python": sys.version.split()[0], **{name: known(name) for name in LIBRARIES}}


def commit() -> str:
    """The commit of this tree, with a + where something is not in it."""
    command = ["git", "describe", "--always", "--dirty=+"]
    try:
        said = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parent)
    except OSError:  # no git on the machine of the GPU
        return "unknown"
    return said.stdout.strip() or "unknown"
