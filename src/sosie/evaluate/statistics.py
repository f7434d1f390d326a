"""How sure a share is: Wilson's interval, which stays between 0 and 1 and holds for few trials too.

E. B. Wilson, "Probable inference", JASA 22 (1927); formula (4) of Brown, Cai and DasGupta, "Interval
estimation for a binomial proportion", Statistical Science 16 (2001).

    wilson(42, 100)  ->  (0.328, 0.518)         wilson(0, 10)  ->  (0.0, 0.278)
"""

from math import sqrt
from statistics import NormalDist

CONFIDENCE = 0.95


def wilson(successes: float, n: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The low and high end. Half a success is a tie; no trial says nothing: (0, 1)."""
    if not n:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, shrunk = successes / n, 1 + z * z / n
    middle = (share + z * z / (2 * n)) / shrunk
    reach = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / shrunk
    low = 0.0 if successes <= 0 else max(0.0, middle - reach)
    high = 1.0 if successes >= n else min(1.0, middle + reach)
    return low, high
