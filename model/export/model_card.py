"""The model card of an export, filled from the files of its run; it contains only facts from these files."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.engine.task import atomic_write
from corpus.publishing.front_matter import license_of, listed, quoted
from model.config import Config
from model.runs.metrics import last_of, read_metrics

TRANSFORMERS = (
    "```python",
    "from transformers import AutoModelForCausalLM, AutoTokenizer",
    "",
    'model = AutoModelForCausalLM.from_pretrained("PATH")',
    'tokenizer = AutoTokenizer.from_pretrained("PATH")',
    "```",
)
LLAMA_CPP = (
    "```",
    'llama-completion -m PATH/model.gguf -no-cnv -p "TEXT"',
    "```",
)


@dataclass(frozen=True)
class Exported:
    """The result of an export, and its exactness."""

    out: Path
    step: int
    parameters: int
    dtype: str
    parity: float  # largest difference of logits to transformers on the same weights, relative to the largest logit
    rounding: float  # … of the stored weights to the trained ones


def facts(run: Path, step: int) -> dict[str, Any]:
    """What the card tells from the log of a run: of its start, and its last events "validation" and "train" up to a
    step."""
    events = read_metrics(run / "metrics.jsonl")
    start = last_of(events, "start") or {}
    told = {key: start[key] for key in ("licenses", "sources", "initial") if key in start}
    return {"start": told} | {kind: last_of(events, kind, step) for kind in ("validation", "train")}


def write_card(
    folder: Path,
    run: Path,
    config: Config,
    exported: Exported,
    bos: bool = True,
    gguf: bool = False,
    averaged: Sequence[int] = (),
) -> None:
    """Write README.md into an export; `bos`: whether its tokenizer begins a text with BOS; `gguf`: whether it is a GGUF
    file; `averaged`: the steps whose mean the weights are, if of more than one."""
    model, train = config.model, config.train
    known = facts(run, exported.step)
    start, bits, trained = known["start"], known["validation"], known["train"]
    languages = sorted(key.removeprefix("bpb/language/") for key in bits or {} if key.startswith("bpb/language/"))
    head = [
        "---",
        *listed("language", languages),
        *license_of(start.get("licenses", {})),
        *listed("datasets", start.get("sources", [])),
        *([f"base_model: {quoted(Path(start['initial']).name)}"] if "initial" in start else []),
        *listed("tags", ["hanji", "pretrained", *(["gguf"] if gguf else [])]),
        *([] if gguf else ["library_name: transformers"]),
        "pipeline_tag: text-generation",
        "---",
        "",
    ]
    shape = [
        ("Architecture", "LLaMA with norms on queries and keys (Qwen3)" if model.qk_norm else "LLaMA-2-like decoder"),
        ("Parameters", f"{exported.parameters:,}"),
        (
            "Layers, heads (key-value heads), hidden size, FFN",
            f"{model.layers}, {model.heads} ({model.groups}), {model.dim:,}, {model.ffn_dim:,}",
        ),
        ("Context", f"{model.context:,} tokens"),
        ("Vocabulary", f"{model.vocab_size:,} rows, padding of the matrix {'left out' if gguf else 'included'}"),
        ("Rotary base, norm epsilon", f"{model.rope_theta:,.0f}, {model.norm_eps:g}"),
        ("Weights", f"{exported.dtype}, tied embeddings" if model.tied else exported.dtype),
    ]
    training = [
        ("Steps", f"{exported.step:,} of {train.steps:,}"),
        *([("Weights", f"mean of the checkpoints of steps {_numbers(averaged)}")] if averaged else []),
        *(
            [("Tokens", f"{trained.get('tokens', 0):,}"), ("Loss at the end", f"{trained['loss']:.4f} nats a token")]
            if trained
            else []
        ),
        ("Batch", f"{train.batch_tokens:,} tokens"),
        (
            "Optimiser",
            (
                f"{config.optimizer.name}, learning rate {config.optimizer.lr:g}, weight decay"
                f" {config.optimizer.weight_decay:g}, {config.schedule.kind} schedule"
            ),
        ),
        (
            "Mixture",
            ", ".join(f"{k} {v:g}" for k, v in config.data.mixture.items()) or "every row equally often",
        ),
    ]
    lines = [*head, f"# {exported.out.name}", "", "A model trained with Hanji.", ""]
    lines += ["## Model", "", *_table(("", ""), shape), "", "## Training", "", *_table(("", ""), training), ""]
    if bits and averaged:
        lines += ["The loss and the bits per byte are those of the last checkpoint, not of the mean.", ""]
    if bits:
        rows = [
            (key.removeprefix("bpb/"), "not finite" if value is None else f"{value:.4f}")
            for key, value in bits.items()
            if key.startswith("bpb/")
        ]
        lines += ["## Bits per byte on held-out rows", "", *_table(("source or language", "bits per byte"), rows), ""]
    lines += [
        "## Exactness of this directory",
        "",
        f"transformers' logits on these weights differ from the training code's by at most {exported.parity:.1e} of the"
        " largest logit (float32, 256 random tokens); "
        + (
            f"storing {exported.dtype} moved logits by at most {exported.rounding:.1e} of the largest."
            if exported.rounding
            else "the stored weights are the trained ones."
        ),
        "",
        *(LLAMA_CPP if gguf else TRANSFORMERS),
        "",
        "The tokenizer begins a text with the BOS token, as in training."
        if bos
        else "The tokenizer adds nothing at the ends of a text; documents in training began with the BOS token.",
        "",
    ]
    with atomic_write(folder / "README.md") as temporary:
        temporary.write_text("\n".join(lines), encoding="utf-8")


def _table(head: tuple[str, str], rows: list[tuple[str, str]]) -> list[str]:
    return [f"| {head[0]} | {head[1]} |", "|---|---|", *(f"| {a} | {b} |" for a, b in rows)]


def _numbers(steps: Sequence[int]) -> str:
    return ", ".join(f"{step:,}" for step in sorted(steps))
