"""The stages of the GPU benchmarks: what runs, in which order, and for how long at most."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PEERS = ("transformers", "nanochat")
LIMITS = {0: 570.0, 1: 420.0, 2: 330.0}  # seconds of a call; 0: both
# The usual recipe: of the peers, and of a curve of ours beside that of the configuration.
ADAMW = (
    "optimizer.name=adamw",
    "optimizer.lr=1e-3",
    "optimizer.embedding_lr=0",
    "optimizer.head_lr=0",
    "optimizer.decay_embeddings=true",
    "optimizer.beta1=0.9",
    "optimizer.eps=1e-8",
    "schedule.kind=cosine",
    "schedule.warmup=20",
    "schedule.final=0.1",
    "model.heads=12",
    "model.tied=true",
    "model.qk_norm=false",
    "model.zero_init=false",
    "model.embedding_std=0",
)
RECIPES = {  # learning curves of changes: configuration and settings
    "decay over 80 %": ("mini", ("schedule.decay=0.8",)),
    "350m": ("350m", ()),
    "350m by AdamW": ("350m", (*ADAMW, "optimizer.lr=6e-4", "model.heads=16")),
}
MINI = "train.batch_tokens=524288"  # a step of its configuration, so that the optimizer has its share
VARIANTS = {  # speeds: configuration and settings
    "mini": ("mini", (MINI, "train.micro_rows=4")),
    "mini, rows that fit": ("mini", (MINI,)),
    "varlen": ("1.3b", ("train.attention=varlen",)),
    "muon": ("1.3b", ("optimizer.name=muon",)),
    "flex": ("1.3b", ("train.attention=flex",)),
    "budget 0.9": ("1.3b", ("train.activation_budget=0.9",)),
    "causal": ("1.3b", ("train.attention=causal",)),
    "fastest attention": ("1.3b", ("train.attention=fastest",)),
    "not compiled": ("1.3b", ("train.compile=off",)),
}


@dataclass(frozen=True)
class Stage:
    """A command that prints its figures as the last line of its output, and its time limit in seconds."""

    name: str
    limit: float
    command: tuple[str, ...]
    needed: bool = True  # optional: left out when the time is used up
    gpu: bool = False  # does not run on a CPU: left out of a rehearsal
    beside: bool = False  # its figures are not times: runs beside others, and is stopped while one of them measures
    group: int = 0  # those beside others run group by group
    fallback: "Stage | None" = None  # runs at once if this one fails


def stages(
    call: int, scratch: Path, data: Path | None, mirror: Path | None, rehearse: bool, tokens: float = 17e6
) -> list[Stage]:
    """The stages of a call; within a lane the most important first."""
    device = "cpu" if rehearse else "cuda"
    small = ("--rehearse",) if rehearse else ()
    held, work = str(data or scratch / "data"), ("--scratch", str(scratch))

    def module(name: str, *arguments: str) -> tuple[str, ...]:
        return (sys.executable, "-m", f"benchmarks.gpu.{name}", *arguments, "--device", device, *small)

    def given(config: str, settings: Sequence[str]) -> list[str]:
        return ["--config", config, *(part for setting in settings for part in ("--set", setting))]

    def speed(name: str, *settings: str, config: str = "1.3b") -> tuple[str, ...]:
        return module("speed", name, *work, *given(config, settings))

    def curve(name: str, contestant: str, settings: Sequence[str] = (), config: str = "mini") -> Stage:
        command = module("curves", contestant, "--run", name, "--data", held, "--tokens", str(tokens), *work)
        command += tuple(given(config, settings))
        return Stage(f"curve {name}", 330, command, beside=True)

    varlen = "train.attention=varlen"
    headline = [
        Stage(
            "speed bf16",
            150,
            speed("ours", "train.profile=2"),
            fallback=Stage("speed bf16 varlen", 100, speed("ours", varlen, "train.profile=2")),
        ),
        Stage(
            "speed fp8",
            120,
            speed("ours", "train.fp8=true", "train.profile=2"),
            gpu=True,
            fallback=Stage("speed fp8 varlen", 100, speed("ours", varlen, "train.fp8=true", "train.profile=2")),
        ),
        Stage("speed transformers", 150, speed("transformers")),
    ]
    more = [
        Stage("speed bf16, 4 rows", 100, speed("ours", "train.micro_rows=4")),
        Stage("ceilings", 90, module("ceilings", *work)),
        Stage("speed nanochat", 150, speed("nanochat")),
    ]
    variants = [
        Stage(
            f"speed {name}",
            80,
            speed("ours", *settings, config=config),
            needed=False,
            gpu=name in ("flex", "varlen") or config == "mini",
        )
        for name, (config, settings) in VARIANTS.items()
    ]
    if rehearse:  # on a GPU all others are compiled; with documents masked a CPU would compile each batch anew
        variants.append(Stage("speed compiled", 0, speed("ours", "train.compile=on", "train.attention=causal")))
    test = (sys.executable, "-m", "pytest", "tests/gpu", "-q", "-p", "no:cacheprovider", "-p", "no:randomly")
    checks = [
        Stage("tests", 300, test, beside=True),
        Stage("commands", 300, module("commands", *work), beside=True),
    ]
    curves = [curve("shipped", "ours"), curve("adamw", "ours", ADAMW), *(curve(name, name) for name in PEERS)]
    recipes = [curve(name, "ours", settings, config) for name, (config, settings) in RECIPES.items()]
    source = ("--mirror", str(mirror)) if mirror is not None else ()
    scores = Stage("kobest", 240, module("scores", *work, *source), beside=True, group=1)
    first, second = [*headline, *more, *variants, *checks], [*curves, *recipes, scores]
    return {0: [*first, *second], 1: first, 2: second}[call]
