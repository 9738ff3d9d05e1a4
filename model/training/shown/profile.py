"""A trace of some steps by torch.profiler: RUN/profile/trace.json for a viewer, kernels.txt as a table, longest.json,
the kernels of most seconds a step, and time.json, the seconds of a step by kind of work, which the training report
draws."""

import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from torch.autograd import DeviceType
from torch.profiler import ProfilerActivity, profile, schedule

from corpus.engine.task import write_json

LONGEST = 40  # kernels in longest.json
WARM = 3  # steps before the first one that is recorded: compiling and allocating are over

# Kinds of work by the names of kernels and operators; the first that matches is used.
KINDS = [
    ("communication", r"nccl|gloo|all_?reduce|all_?gather|reduce_?scatter"),  # before the gathers of a loss
    ("attention", r"attention|flash|fmha|flex"),
    ("copies", r"^triton_\w+_fused_(_to_copy|_t|_|t|view|permute|clone|transpose)+_\d+$"),
    ("matrix products", r"mm\b|mm_|gemm|matmul|cutlass|nvjet|cublas|linear|dot"),
    ("optimizer", r"adam|foreach|multi_tensor|lerp|orthogonal"),
    ("loss", r"softmax|cross_entropy|nll|gather|scatter"),
    ("embedding", r"embedding|index"),
    ("norms and elementwise", r"^triton_"),
    ("copies", r"copy|memcpy|memset|clone|contiguous|\bto\b|cat\b|fill_|zero_|zeros|empty"),
    ("norms and elementwise", r"triton|elementwise|norm|mul|add|sub|div|silu|sigmoid|pow|mean|sum|exp|neg|rsqrt|where"),
]


class Profile:
    """An action for every step (model/training/actions.py) that records `steps` of them, then writes the trace."""

    def __init__(self, folder: Path, steps: int, device: torch.device) -> None:
        self.folder, self.steps = folder, steps
        self._cuda = device.type == "cuda"
        kinds = [ProfilerActivity.CPU] + ([ProfilerActivity.CUDA] if self._cuda else [])
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
        averages = done.key_averages()
        key = "self_device_time_total" if self._cuda else "self_cpu_time_total"
        table = averages.table(sort_by=key.replace("device", "cuda"), row_limit=40)
        (self.folder / "kernels.txt").write_text(table, encoding="utf-8")
        seconds = [(event.key, getattr(event, key) / 1e6 / self.steps) for event in averages if self._is_work(event)]
        write_json(self.folder / "time.json", by_kind(seconds))
        longest = sorted(seconds, key=lambda row: -row[1])[:LONGEST]
        write_json(self.folder / "longest.json", [[name[:200], round(spent, 6)] for name, spent in longest])

    def _is_work(self, event: Any) -> bool:
        """On a GPU the kernels; the operators that started them have the same seconds once more."""
        if self._cuda:
            return event.device_type == DeviceType.CUDA and not event.is_user_annotation
        return not event.key.startswith("ProfilerStep")


def by_kind(seconds: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Seconds of a step by kind of work, the longest first, from (name of a kernel or operator, its own seconds)."""
    found: dict[str, float] = defaultdict(float)
    for name, spent in seconds:
        kind = next((kind for kind, pattern in KINDS if re.search(pattern, name.lower())), "other")
        found[kind] += spent
    return dict(sorted(((kind, spent) for kind, spent in found.items() if spent > 0), key=lambda row: -row[1]))
