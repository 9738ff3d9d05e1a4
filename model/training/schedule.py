"""The learning rate over the steps of a run."""

import math

from model.config import ScheduleConfig


def learning_rate(config: ScheduleConfig, step: int, steps: int) -> float:
    """The fraction of the peak rate for step `step` (0-based) of `steps`."""
    if step < config.warmup:
        return (step + 1) / config.warmup
    if config.kind == "constant":
        return 1.0
    if config.kind == "wsd":
        length = max(1, round(config.decay * steps))
        left = (steps - 1 - step) / length
        return config.final + (1 - config.final) * min(1.0, left)
    progress = (step - config.warmup) / max(1, steps - 1 - config.warmup)
    return config.final + (1 - config.final) * 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))
