"""What an evaluation found, as typed values all the way: from the measures to the file, terminal and page.

Scores.to_json()  ->
{"double": "20261124-101500-mini", "base_model": "mini",
 "contexts":   {n, of, part: test | valid | file, dialogues, left_out{generated, transcribed}, first, last}
 "likeness":   {value, low, high, raw, n, others, measurable, reason, warnings[], drift, contributions[],
                base{the same}, gain{value, low, high, n, measurable, reason}}       gain: double less base
 "referee":    {c2st, low, high, ceiling, ceiling_high, base, fall{value, low, high}, unknown_words,
                words{share, low, high, own_share, n}, shared_words{}, foreseen{value, low, high, own, ...},
                n, reason}
 "rivals":     [{name: base | base+5 | base+20, label, likeness{}, difference{}, memorisation{}}]
 "by_correspondent": [{correspondent, likeness{}}]         from 100 replies to one
 "by_circle":  [{circle, likeness{}, others[{circle, likeness{}}]}]   from 50 replies to one: R of the answers
                to this circle, beside the real replies to it, then beside those to each other one
 "tells":      {given{}, truth{}, openers{over[], under[]}, closers{}, forms{}, addresses[], ...}
 "detection":  {c2st, delta{given, own, others[]}, texture{}, verifier} | null
 "memorisation": {value, low, high, n, longest_run, copied[{reply, training, words}], gate, reason,
                replies_to_remove[], membership{auc, low, high, gap, ...} | null, extraction{...} | null}
 "leaks":      {value, n_generations, found{class: n}, replies_to_remove[], gate, reason}
 "french":     {share, low, high, own_share, english, loops, empty, cut, template_leaks, role_confusion,
                n, judged, own_judged, gate, reason, base{the same}}
 "forgetting": {change_percent, low, high, n, before, after, gate, reason,
                minitests{before, after, n, change_points, mcnemar_p, by_kind{}} | null}
 "verdict": "green" | "red" | "grey"     (verdict.py)
 "sentences": ["Ressemble à vous à 71 ± 9 ; modèle de base : 12.", "L'arbitre est d'accord : ...",
               "Ne recopie pas.", "Aucune fuite."],
 "counts": true                          R may be quoted: neither copier nor leak
 "warnings": [], "versions": {}, "hashes": {}, "sampling": {}, "settings": {}, "seed": 7, "report": path
 "made": {at, seconds}                   apart: everything else is the same for the same seed
 "against": {double, likeness{value, low, high, n, ...}}}      beside another run only: this one less that one

A gate is « green », « red » or « unknown » (nothing to judge from: `reason` says why). What could not be
measured is None, never absent: scores that lack a field, or have one of another kind, are no scores.
"""

import json
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict, TypeAdapter

from sosie.core.sampling import Sampling
from sosie.evaluate.measures.by_circle import WithCircle
from sosie.evaluate.measures.by_correspondent import WithCorrespondent
from sosie.evaluate.measures.detectability import Detectability
from sosie.evaluate.measures.differences import StyleDifferences
from sosie.evaluate.measures.forgetting import Forgetting
from sosie.evaluate.measures.french import FrenchAndBase
from sosie.evaluate.measures.leaks import Leaks
from sosie.evaluate.measures.likeness import Difference, LikenessAndBase
from sosie.evaluate.measures.memorisation import MemorisationAndAttacks
from sosie.evaluate.measures.referee import Referee
from sosie.evaluate.measures.rivals import Rival
from sosie.evaluate.verdict import Sentences, Verdict

REPORT = "report.html"


@dataclass(frozen=True, slots=True)
class ContextCounts:
    """What the double was asked, in numbers."""

    n: int
    of: int
    part: str
    dialogues: int
    left_out: dict[str, int]
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Made:
    at: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Against:
    """Another run, and R of this one less R of that one."""

    double: str
    likeness: Difference


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Scores:
    """The JSON drawn above; `folder` is the run's, and no part of it."""

    __pydantic_config__: ClassVar = ConfigDict(extra="forbid", allow_inf_nan=False, strict=True)

    format: Literal[1]
    double: str
    base_model: str
    sampling: Sampling
    contexts: ContextCounts
    warnings: tuple[str, ...]
    likeness: LikenessAndBase
    referee: Referee
    rivals: tuple[Rival, ...]
    by_correspondent: tuple[WithCorrespondent, ...]
    by_circle: tuple[WithCircle, ...]
    tells: StyleDifferences
    detection: Detectability | None
    memorisation: MemorisationAndAttacks
    leaks: Leaks
    french: FrenchAndBase
    forgetting: Forgetting
    verdict: Verdict
    sentences: Sentences
    counts: bool
    hashes: dict[str, str]
    versions: dict[str, str]
    settings: dict[str, bool | int]
    seed: int
    made: Made
    against: Against | None = None
    folder: Path = Path()

    def __post_init__(self) -> None:
        """A figure that is not there turns no light green."""
        member = self.memorisation.membership
        for name, gate, figure in (
            ("memorisation", self.memorisation.gate, self.memorisation.value),
            ("membership", member and member.gate, member and member.auc),
            ("leaks", self.leaks.gate, self.leaks.value),
            ("french", self.french.gate, self.french.share),
            ("forgetting", self.forgetting.gate, self.forgetting.change_percent),
        ):
            if gate == "green" and figure is None:
                raise ValueError(f"{name}: a green light over no figure")

    def __repr__(self) -> str:
        """Without the forms that the person uses."""
        return f"Scores(double={self.double!r}, verdict={self.verdict!r})"

    @property
    def judged(self) -> tuple[LikenessAndBase, Referee, MemorisationAndAttacks, Leaks]:
        """What the verdict is made of."""
        return self.likeness, self.referee, self.memorisation, self.leaks

    @property
    def page(self) -> Path:
        return self.folder / REPORT

    def to_record(self) -> dict[str, Any]:
        """What is kept of it: all but where it stands and what it was compared with."""
        record = asdict(self)
        del record["folder"], record["against"]
        return dict(json.loads(json.dumps(record)))

    def to_json(self) -> dict[str, Any]:
        beside = {"against": asdict(self.against)} if self.against else {}
        return {**self.to_record(), **beside, "report": str(self.page)}

    @classmethod
    def from_json(cls, text: str, folder: Path) -> "Scores":
        """What `to_record` gave. ValueError where anything is missing, or of another kind."""
        return replace(_adapter().validate_json(text), folder=folder)


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[Scores]:
    return TypeAdapter(Scores)
