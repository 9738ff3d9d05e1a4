"""The device that a command computes on."""

import re

from corpus.errors import UserError

KNOWN = re.compile(r"(cpu|cuda|mps|xpu)(:\d+)?")


def require_device(name: str | None) -> None:
    """Raise UserError for a name that is not one of a device; no torch is loaded, so commands begin with it."""
    if name and not KNOWN.fullmatch(name):
        raise UserError(f"--device {name}: no such device; accepted: cpu, cuda, cuda:0 …, mps.")


def chosen_device(name: str | None) -> str:
    """The device that `--device` names; without a name a GPU where there is one, else the CPU.

    Raises UserError for a name that is not one of a device, and for a device that is not here.
    """
    import torch

    require_device(name)
    if not name:
        return "cuda" if torch.cuda.is_available() else "cpu"
    place = torch.device(name)
    if place.type == "cuda":  # nothing is allocated there yet: settings of its allocator follow
        if not torch.cuda.is_available():
            raise UserError("No CUDA device is visible; use --device cpu, or check CUDA_VISIBLE_DEVICES.")
        if (place.index or 0) >= torch.cuda.device_count():
            raise UserError(f"--device {name}: {torch.cuda.device_count()} are visible, counted from cuda:0.")
        return name
    try:
        torch.empty(1, device=place)
    except (RuntimeError, NotImplementedError, AssertionError) as error:
        first = str(error).splitlines()[0]
        raise UserError(f"--device {name}: torch {torch.__version__} cannot use it here ({first}).") from error
    return name
