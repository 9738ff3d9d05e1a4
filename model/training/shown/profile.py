"""A trace of some steps by torch.profiler: RUN/profile/trace.json for a viewer, kernels.txt as a table."""

from pathlib import Path
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile, schedule

WARM = 3  # steps before the first one that is recorded: compiling and allocating are over


class Profile:
    """An action for every step (model/training/actions.py) that records `steps` of them, then writes the trace."""

    def __init__(self, folder: Path, steps: int, device: torch.device) -> None:
        self.folder = folder
        kinds = [ProfilerActivity.CPU] + ([ProfilerActivity.CUDA] if device.type == "cuda" else [])
        self._sort = "self_cuda_time_total" if device.type == "cuda" else "self_cpu_time_total"
        phases = schedule(wait=WARM - 1, warmup=1, active=steps, repeat=1)
        self._profile: Any = profile(activities=kinds, schedule=phases, on_trace_ready=self._write)
        self._profile.start()

    def __call__(self, trainer: Any) -> None:
        """Called after a step."""
        self._profile.step()

    def close(self) -> None:
        """Stop recording; if the run ends early, the steps so far are written."""
        self._profile.stop()

    def _write(self, done: Any) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        done.export_chrome_trace(str(self.folder / "trace.json"))
        table = done.key_averages().table(sort_by=self._sort, row_limit=40)
        (self.folder / "kernels.txt").write_text(table, encoding="utf-8")
