"""How far the weights that a double was learnt on in 4 bits are from those that it is merged on.

 nf4_difference(merge)  ->  0.072      the norm of (W - NF4(W)) over that of W, the adapted layers together

Both norms are Frobenius'. It says how much the base moves under the adapter, not how the answers change.
"""

from math import sqrt

from sosie.core.extras import need
from sosie.export.merged_weights import Merge

SHARING = 64  # weights that share a scale, as in training (QLoRA, arXiv 2305.14314, section 3)


def nf4_difference(merge: Merge) -> float:
    """Between 0 and 1 for any real model; a few rows are in memory at a time."""
    torch, four_bit = need("torch", extra="train"), need("bitsandbytes.functional", extra="qlora")
    error = norm = 0.0
    for name in merge.lora.pairs:
        for _, rows in merge.weights.blocks(name):
            whole = torch.from_numpy(rows).float()
            quantised, state = four_bit.quantize_4bit(
                whole, blocksize=SHARING, compress_statistics=True, quant_type="nf4"
            )
            error += float((whole - four_bit.dequantize_4bit(quantised, state)).square().sum())
            norm += float(whole.square().sum())
    return sqrt(error / norm) if norm else 0.0
