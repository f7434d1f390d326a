"""What can leave, and for where: one exporter per destination, and the door to all of them.

 export("bundle", Order(workspace, double="léa"), folder)  ->  Exported(files, steps)

Files are written, and the next steps are shown to the person; only `hub` sends anything, once that is agreed.
Nothing of private/, exports/ or the chats is ever in them.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from sosie.core import settings
from sosie.core.digests import sha256_of
from sosie.core.drafts import present
from sosie.core.errors import BadSettings
from sosie.core.progress import Report, silent
from sosie.core.registry import Registry
from sosie.core.workspace import Workspace, closed_folder, is_draft, make_folder
from sosie.export.made_exports import remember

BUILT_IN = {
    "axolotl": "sosie.export.trainers.axolotl:export_axolotl",
    "bundle": "sosie.export.bundle:export_bundle",
    "cluster": "sosie.export.cluster:export_cluster",
    "colab": "sosie.export.colab:export_colab",
    "combined": "sosie.export.combined:export_combined",
    "gguf": "sosie.export.gguf:export_gguf",
    "hub": "sosie.export.hub:export_hub",
    "llamafactory": "sosie.export.trainers.llamafactory:export_llamafactory",
    "merged": "sosie.export.merged:export_merged",
    "nanochat": "sosie.export.nanochat:export_nanochat",
    "ollama": "sosie.export.ollama:export_ollama",
    "skill": "sosie.export.skill:export_skill",
    "space": "sosie.export.space:export_space",
    "unsloth": "sosie.export.trainers.unsloth:export_unsloth",
    "vllm": "sosie.export.vllm:export_vllm",
}
EXPORTERS = Registry("sosie.export", BUILT_IN)


@dataclass(frozen=True, slots=True)
class Order:
    """What is to leave. Each destination takes from it what it needs."""

    workspace: Workspace
    double: str | None = None  # a run, a folder or a zip; None: the newest
    train: settings.Train = settings.Train()
    evaluate: settings.Evaluate = settings.Evaluate()
    passphrase: str = field(default="", repr=False)  # empty: not encrypted
    weights: str = (
        ""  # f32, f16, q8_0, q4_k_m, q4_0 of a GGUF; f32, bf16, f16 of a merged folder; empty: the usual
    )
    base: str | None = None  # of the double, in place of the one that it names
    agree: Callable[[str], bool] = lambda question: False  # asked before words that were said leave
    repository: str = ""  # hub: its name there; empty: after the double
    dry_run: bool = False  # hub: write, and send nothing
    knowingly: bool = False  # hub, space: although a gate is red


@dataclass(frozen=True, slots=True)
class Exported:
    """The files that were written, and what to do next: a sentence each, in French."""

    files: tuple[Path, ...]
    steps: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {"files": [described(path) for path in self.files]}


def described(path: Path) -> Mapping[str, Any]:
    return {"path": str(path), "bytes": path.stat().st_size, "sha256": sha256_of(path)}


class Exporter(Protocol):
    def __call__(self, order: Order, folder: Path, report: Report) -> Exported: ...


def export(kind: str, order: Order, folder: Path, report: Report = silent) -> Exported:
    """Write what `kind` needs into `folder`. BadSettings names the nearest kind where there is none."""
    if kind not in EXPORTERS:
        raise BadSettings(
            f"sosie ne sait pas exporter vers « {kind} ».", settings.nearest(kind, list(EXPORTERS))
        )
    exporter: Exporter = EXPORTERS[kind]
    new = not folder.is_dir()
    own = new or folder == order.workspace.out
    make_folder(folder)  # first: who is not seen to be at work in it may have its drafts removed
    try:
        with present(folder, lambda there: (path for path in there.iterdir() if is_draft(path))):
            done = exporter(order, folder, report)
            remember(order.workspace, kind, done.files, folder)
    finally:
        if new:
            with suppress(OSError):  # something was put in it
                folder.rmdir()
    if own:  # a folder that the person already had stays as it was
        closed_folder(folder)
    return done
