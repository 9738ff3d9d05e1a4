"""Training configurations: frozen dataclasses read from TOML, every key checked, every error naming its key.

Recipes use pydantic; here the types of the dataclass fields are checked by forty lines of our own. GPU images come with
torch, numpy and pyarrow but seldom with pydantic, and the messages are the same: an unknown key, a wrong type or a
value out of range is told with the key, what was found and what is accepted. A configuration is a named file of
model/configs, or a path; `--set train.steps=100` overrides a key. The resolved configuration is written beside each
run, so that a run explains itself.
"""

import dataclasses
import tomllib
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from corpus.errors import UserError

CONFIGS = Path(__file__).parent / "configs"
VOCABULARY_MULTIPLE = 128  # GEMM tiles divide it, and so do world sizes up to 128: FSDP shards stay even


@dataclass(frozen=True)
class ModelConfig:
    """The shape of the decoder. Zero for `vocab_size` and `context` means: as the packed data say."""

    layers: int
    heads: int
    dim: int
    ffn_dim: int
    kv_heads: int = 0  # 0: as many as heads; fewer: grouped-query attention
    vocab_size: int = 0  # rows of the embedding, the tokenizer's size rounded up to a multiple of 128
    context: int = 0  # longest sequence in tokens
    tied: bool = False  # one matrix for the embedding and the head
    qk_norm: bool = False  # RMSNorm on queries and keys (exports as Qwen3, which is LLaMA with this norm)
    rope_theta: float = 10_000.0  # LLaMA-2
    norm_eps: float = 1e-5  # LLaMA-2
    init_std: float = 0.02  # GPT-2; output projections are scaled by 1/sqrt(2 layers)

    @property
    def head_dim(self) -> int:
        return self.dim // self.heads

    @property
    def groups(self) -> int:
        """Key-value heads."""
        return self.kv_heads or self.heads


@dataclass(frozen=True)
class DataConfig:
    """Which sources in which proportion of tokens; an empty mixture takes every row as often as any other."""

    mixture: dict[str, float] = field(default_factory=dict)
    max_epochs: dict[str, float] = field(default_factory=dict)  # cap on the passes over a source
    rehydrate: dict[str, int] = field(
        default_factory=dict
    )  # duplicates a document stands for, at least → its copies in an epoch
    seed: int = 0


@dataclass(frozen=True)
class OptimizerConfig:
    """AdamW as the 42dot model card and LLaMA-2 have it; Muon for the matrices of the blocks as an option."""

    name: Literal["adamw", "muon"] = "adamw"
    lr: float = 4e-4  # 42dot LLM-PLM 1.3B
    weight_decay: float = 0.1  # the same; matrices only, no norms
    beta1: float = 0.9  # LLaMA-2
    beta2: float = 0.95
    eps: float = 1e-8
    clip: float = 1.0  # global gradient norm
    muon_lr: float = 0.0  # 0: as lr; updates are scaled to AdamW's size (Moonlight), so one rate serves both
    muon_momentum: float = 0.95


@dataclass(frozen=True)
class ScheduleConfig:
    """Learning rate over steps: warm-up, then cosine to `final`, or constant with a linear decay at the end (WSD)."""

    kind: Literal["cosine", "wsd", "constant"] = "cosine"
    warmup: int = 2000  # steps
    final: float = 0.1  # fraction of lr at the last step
    decay: float = 0.2  # WSD: the last fraction of the steps


@dataclass(frozen=True)
class TrainConfig:
    """The loop. A step takes `batch_tokens` tokens over all devices, in micro-batches of `micro_rows` rows each."""

    steps: int
    batch_tokens: int = 4_194_304  # 42dot: 4.0M tokens
    micro_rows: int = 8
    precision: Literal["bf16", "fp32"] = "bf16"  # of activations and matrix products; weights and optimiser stay fp32
    compile: Literal["auto", "on", "off"] = "auto"  # auto: on GPUs
    attention: Literal["auto", "documents", "sdpa", "flex", "varlen", "causal"] = (
        "auto"  # causal: documents of a row see each other
    )
    loss_chunks: int = 8
    z_loss: float = 0.0
    fp8: bool = False  # matrix products of the blocks, by torchao; needs a Hopper or later
    activation_checkpointing: bool = False
    parallel: Literal["auto", "ddp", "fsdp"] = "auto"  # auto: ddp where states fit one device, else fsdp
    seed: int = 0
    max_skipped: int = 10  # non-finite steps in a row that end the run
    spike_sigma: float = 0.0  # skip steps whose loss lies so many deviations above its mean; 0: never
    log_every: int = 10
    validate_every: int = 1000
    validation_rows: int = 64  # rows per source
    sample_every: int = 0
    checkpoint_every: int = 1000
    keep_last: int = 3
    keep_every: int = 0  # keep these for good, besides the last ones


@dataclass(frozen=True)
class Config:
    """Everything a run is determined by, besides the packed data."""

    model: ModelConfig
    train: TrainConfig
    data: DataConfig = field(default_factory=DataConfig)
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    schedule: ScheduleConfig = field(default_factory=ScheduleConfig)


def load_config(name: str | Path, overrides: Sequence[str] = ()) -> Config:
    """Read a configuration by name (tiny, mini, 350m, 1.3b) or path; `overrides` are "section.key=value", value in
    TOML.

    Raises UserError that names the file and the key.
    """
    path = CONFIGS / f"{name}.toml"
    if not path.is_file():
        path = Path(name)
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in CONFIGS.glob("*.toml")))
        raise UserError(f"No configuration {str(name)!r}: neither a file nor one of {known}.")
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path} is no TOML file: {error}.") from error
    for override in overrides:
        _override(table, override)
    return parse_config(table, str(path))


def parse_config(table: Mapping[str, Any], where: str) -> Config:
    """Check a table against the dataclasses; `where` is the file that messages name."""
    config = _parse(Config, table, "", where)
    check(config, where)
    return config


def check(config: Config, where: str = "configuration") -> None:
    """What types cannot say: sizes that must divide, numbers that must be positive. Raises UserError naming the key."""
    check_model(config.model, where)
    train = config.train

    def require(holds: bool, key: str, found: Any, expected: str) -> None:
        _require(holds, where, key, found, expected)

    for key in ("steps", "batch_tokens", "micro_rows", "loss_chunks", "log_every", "max_skipped", "keep_last"):
        require(getattr(train, key) > 0, f"train.{key}", getattr(train, key), "a positive number")
    for key in ("validate_every", "checkpoint_every", "sample_every", "keep_every", "z_loss", "spike_sigma"):
        require(getattr(train, key) >= 0, f"train.{key}", getattr(train, key), "0 (never) or a positive number")
    require(config.optimizer.lr > 0, "optimizer.lr", config.optimizer.lr, "a positive number")
    require(config.optimizer.clip > 0, "optimizer.clip", config.optimizer.clip, "a positive number")
    require(0 <= config.schedule.final <= 1, "schedule.final", config.schedule.final, "a number from 0 to 1")
    require(0 < config.schedule.decay <= 1, "schedule.decay", config.schedule.decay, "a number above 0, at most 1")
    for source, weight in config.data.mixture.items():
        require(weight >= 0, f"data.mixture.{source}", weight, "a weight of 0 or more")


def check_model(model: ModelConfig, where: str) -> None:
    """What a shape must be beyond its types. Raises UserError naming the key."""

    def require(holds: bool, key: str, found: Any, expected: str) -> None:
        _require(holds, where, key, found, expected)

    for key in ("layers", "heads", "dim", "ffn_dim"):
        require(getattr(model, key) > 0, f"model.{key}", getattr(model, key), "a positive number")
    require(model.dim % model.heads == 0, "model.dim", model.dim, f"a multiple of model.heads ({model.heads})")
    require(model.head_dim % 2 == 0, "model.dim", model.dim, "an even number per head (rotary embeddings turn pairs)")
    divides = model.kv_heads >= 0 and model.heads % model.groups == 0
    require(divides, "model.kv_heads", model.kv_heads, f"0 or a divisor of model.heads ({model.heads})")
    require(model.vocab_size >= 0, "model.vocab_size", model.vocab_size, "0 (the tokenizer's) or a positive number")
    require(model.context >= 0, "model.context", model.context, "0 (the data's) or a positive number")


def _require(holds: bool, where: str, key: str, found: Any, expected: str) -> None:
    if not holds:
        raise UserError(f"{where}: {key} is {found!r}; expected {expected}.")


def resolve(config: Config, vocab_size: int, seq_len: int) -> Config:
    """Fill in vocabulary and context from the packed data, and refuse data that the model cannot take."""
    model = config.model
    padded = -(-vocab_size // VOCABULARY_MULTIPLE) * VOCABULARY_MULTIPLE
    if model.vocab_size and model.vocab_size < vocab_size:
        raise UserError(
            f"model.vocab_size is {model.vocab_size}, but the data's tokenizer has {vocab_size} tokens; set it to 0 or"
            f" to {padded}."
        )
    if model.context and model.context < seq_len:
        raise UserError(
            f"model.context is {model.context}, but the data are packed in rows of {seq_len} tokens; raise it or pack"
            " shorter rows."
        )
    model = dataclasses.replace(model, vocab_size=model.vocab_size or padded, context=model.context or seq_len)
    return dataclasses.replace(config, model=model)


def to_toml(config: Config) -> str:
    """The configuration as TOML that `parse_config` reads back to an equal one."""
    lines: list[str] = []
    for section, values in dataclasses.asdict(config).items():
        lines.append(f"[{section}]")
        for key, value in values.items():
            if isinstance(value, dict):
                inner = ", ".join(f"{_toml(k)} = {_toml(v)}" for k, v in value.items())
                lines.append(f"{key} = {{{inner}}}")
            else:
                lines.append(f"{key} = {_toml(value)}")
        lines.append("")
    return "\n".join(lines)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return repr(value)


def _override(table: dict[str, Any], override: str) -> None:
    key, equals, text = override.partition("=")
    section, dot, name = key.strip().partition(".")
    if not (equals and dot and name):
        raise UserError(f"--set {override!r}: expected section.key=value, for example train.steps=100.")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text.strip()  # a bare word is a string: --set optimizer.name=muon
    inner = table.setdefault(section, {})
    *path, last = name.split(".")
    for part in path:
        inner = inner.setdefault(part, {})
    if not isinstance(inner, dict):
        raise UserError(f"--set {override!r}: {section} is no section of the configuration.")
    inner[last] = value


def _parse(kind: type, table: Any, prefix: str, where: str) -> Any:
    if not isinstance(table, Mapping):
        raise UserError(f"{where}: {prefix.rstrip('.')} is {table!r}; expected a section [{prefix.rstrip('.')}].")
    hints = typing.get_type_hints(kind)
    fields = {f.name: f for f in dataclasses.fields(kind)}
    for key in table:
        if key not in fields:
            raise UserError(f"{where}: unknown key {prefix}{key}; accepted: {', '.join(prefix + f for f in fields)}.")
    values = {}
    for name, spec in fields.items():
        if name in table:
            values[name] = _value(hints[name], table[name], prefix + name, where)
        elif spec.default is dataclasses.MISSING and spec.default_factory is dataclasses.MISSING:
            raise UserError(f"{where}: {prefix}{name} is missing.")
    return kind(**values)


def _value(hint: Any, value: Any, key: str, where: str) -> Any:
    if dataclasses.is_dataclass(hint):
        return _parse(hint, value, key + ".", where)  # type: ignore[arg-type]  # a class, not an instance
    origin = typing.get_origin(hint)
    if origin is Literal:
        accepted = typing.get_args(hint)
        if value in accepted:
            return value
        raise UserError(f"{where}: {key} is {value!r}; accepted: {', '.join(map(repr, accepted))}.")
    if origin is dict:
        if not isinstance(value, Mapping):
            raise UserError(f'{where}: {key} is {value!r}; expected a table such as {{ "wikipedia-ko" = 0.5 }}.')
        return {k: _value(typing.get_args(hint)[1], v, f"{key}.{k}", where) for k, v in value.items()}
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, hint) and not (hint is int and isinstance(value, bool)):
        return value
    names = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}
    raise UserError(f"{where}: {key} is {value!r}; expected {names.get(hint, hint)}.")
