"""The learning-rate schedule: linear warm-up, then a cosine decay or a constant. A function of the step.

1.0 |   ...
    |  .    ....
    | .         ....
0.1 |.              ....      never 0: a step that learns nothing would be a step lost
    +-------------------
"""

import math

FLOOR = 0.1  # of the full rate, at the end
WARM_SHARE = 0.06  # of the steps


def warm_steps(steps: int) -> int:
    """The number of warm-up steps: 3 of 50, for instance, never most of a short run."""
    return max(1, round(WARM_SHARE * steps))


def rate_share(step: int, steps: int, warm: int, schedule: str = "cosine") -> float:
    """The fraction of the full learning rate at `step`, counted from 0; `schedule` is cosine or constant."""
    if step < warm:
        return (step + 1) / (warm + 1)
    if schedule == "constant":
        return 1.0
    way = (step - warm) / max(1, steps - 1 - warm)
    return FLOOR + (1 - FLOOR) * 0.5 * (1 + math.cos(math.pi * min(way, 1.0)))
