"""The variants, their order, and what was predicted of them (specified before anything was measured).

 A  the usual tutorial's recipe, to the letter      E  ours, exact                G  ours, 16-bit base
 B  the same, padding-free                          F  ours, large packs          H  hand-tuned bound
 C  unsloth, as in its notebook   D  padding-free   E+ D+  all linear layers      I  the bare products

A is run again at the end: the difference is the noise. All learn the same token ids and the same targets,
with the same optimiser steps (F has fewer), adapters of rank 16 and no dropout, so that losses compare.
"""

from dataclasses import dataclass

QV = ("q_proj", "v_proj")
LINEARS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


@dataclass(frozen=True)
class Variant:
    """`side` is the file that runs it; `capped`: it plays a T4, 14.6 GiB, float16 and plain attention."""

    name: str
    words: str
    side: str
    bits: int = 4
    dtype: str = "float16"
    capped: bool = True
    targets: tuple[str, ...] = QV
    together: bool = False  # a group's dialogues in one forward
    large: bool = False  # large packs, fewer steps


VARIANTS = (
    Variant(
        "peak", "one large product of random numbers (8192³, 16 bits)", "bound", 16, "bfloat16", capped=False
    ),
    Variant("A", "TRL, the tutorial's recipe: one by one, 4 a step, checkpointing", "trl"),
    Variant("B", "TRL, padding-free, 4 a forward, checkpointing", "trl", together=True),
    Variant("C", "unsloth, as its notebook: 2 a forward", "unsloth"),
    Variant("D", "unsloth, padding-free, 4 a forward", "unsloth", together=True),
    Variant("D+", "D, all linear layers", "unsloth", together=True, targets=LINEARS),
    Variant("E", "sosie, exact: a group is a row, no checkpointing", "ours", together=True),
    Variant("E+", "E, all linear layers", "ours", together=True, targets=LINEARS),
    Variant("F", "sosie, large packs, fewer steps", "ours", together=True, large=True),
    Variant("G", "sosie, 16-bit base, free memory", "ours", 16, "bfloat16", capped=False, together=True),
    Variant("H", "one fixed row, bfloat16, CUDA graph", "bound", 16, "bfloat16", capped=False),
    Variant("I", "the bare products, forward and input gradient", "bound", 16, "bfloat16", capped=False),
    Variant("check", "gradients of a packed 16-bit step against 32 bits, one by one, 2 layers", "ours", 16),
    Variant("A again", "noise", "trl"),
)

# Seconds of the training loop, from traffic, arithmetic and launches. No other card was worked out for G.
PREDICTED = {
    "T4": {"A": 530, "E": 83, "F": 64},
    "RTX 3060": {"A": 430, "E": 77, "F": 62},
    "RTX 4090": {"A": 150, "E": 21, "F": 15},
    "A100": {"A": 110, "E": 12, "F": 9},
    "H200": {"A": 61, "E": 5, "F": 3.2, "G": 4.0, "G large": 2.8},
}


def predicted(card: str, name: str) -> float | None:
    """For a card by its driver's name: « NVIDIA H200 »."""
    known = next((figures for part, figures in PREDICTED.items() if part in card), {})
    return known.get(name.removesuffix(" again"))
