"""Steps that are skipped: those with a loss or gradient that is not finite, and, on request, a loss far above its mean.

A skipped step does not change weights and optimiser; its batch is not used again. One bad batch in a trillion tokens
must not end a run, but many in a row mean a fault that continuing would only hide.
"""

import math
from dataclasses import dataclass

WARM = 100  # steps before the mean and deviation of the loss are reliable


@dataclass
class Guard:
    """Running mean and variance of the loss over about 100 steps, and how many steps were skipped.

    Saved in checkpoints.
    """

    taken: int = 0
    skipped: int = 0
    in_a_row: int = 0
    mean: float = 0.0
    variance: float = 0.0

    def allows(self, loss: float, norm: float, spike_sigma: float = 0.0) -> bool:
        """Whether to take a step with this mean loss and gradient norm; counts it in both cases.

        `spike_sigma` above 0 also rejects a loss, or a gradient norm that is not finite, that many deviations above the
        mean (OLMo-core's skip-step optimiser uses 6).
        """
        finite = math.isfinite(loss) and math.isfinite(norm)
        spike = bool(spike_sigma) and self.taken >= WARM and loss > self.mean + spike_sigma * math.sqrt(self.variance)
        if not finite or spike:
            self.skipped += 1
            self.in_a_row += 1
            return False
        self.taken += 1
        self.in_a_row = 0
        share, difference = max(1 / WARM, 1 / self.taken), loss - self.mean
        self.mean += share * difference
        self.variance = (1 - share) * (self.variance + share * difference**2)
        return True
