"""Training configurations: frozen dataclasses read from TOML by pydantic, every key is checked, and every error names
its key.

A configuration is a named file of model/configs, or a path; `--set train.steps=100` overrides a key. The resolved
configuration is written into the folder of each run. An unknown key, a wrong type or a value out of range is an error
that names the key, what was found and what is accepted.
"""

import dataclasses
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import field
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, SerializeAsAny, TypeAdapter, ValidationError, field_validator, model_validator
from pydantic.dataclasses import dataclass

from corpus.errors import UserError
from corpus.values import from_toml
from model.optimizers import OPTIMIZERS, Settings

CONFIGS = Path(__file__).parent / "configs"
VOCABULARY_MULTIPLE = 128  # GEMM tiles divide it, and so do world sizes up to 128: FSDP shards stay even

FORBID: Any = {"extra": "forbid"}
Whole = Annotated[int, Field(strict=True, gt=0)]
Count = Annotated[int, Field(strict=True, ge=0)]  # 0: never, or as many as fit
Number = Annotated[float, Field(strict=True, gt=0, lt=float("inf"))]
Amount = Annotated[float, Field(strict=True, ge=0, lt=float("inf"))]
Share = Annotated[float, Field(strict=True, ge=0, le=1)]
Flag = Annotated[bool, Field(strict=True)]
Seed = Annotated[int, Field(strict=True, ge=0, lt=1 << 63)]  # torch takes 64 bits


@dataclass(frozen=True, config=FORBID)
class ModelConfig:
    """The shape of the decoder. `vocab_size` and `context` 0: taken from the packed data."""

    layers: Whole
    heads: Whole
    dim: Whole
    ffn_dim: Whole
    kv_heads: Count = 0  # 0: as many as heads; fewer: grouped-query attention
    vocab_size: Count = 0  # rows of the embedding, the tokenizer's size rounded up to a multiple of 128
    context: Count = 0  # longest sequence in tokens
    tied: Flag = False  # one matrix for the embedding and the head
    qk_norm: Flag = False  # RMSNorm on queries and keys (exports as Qwen3, which is LLaMA with this norm)
    rope_theta: Number = 10_000.0  # LLaMA-2
    norm_eps: Number = 1e-5  # LLaMA-2
    init_std: Number = 0.02  # GPT-2; output projections are scaled by 1/sqrt(2 layers)
    embedding_std: Amount = 0.0  # of the embedding alone; 0: init_std
    # Output projections, and a head that is not tied, begin at zero: each block is the identity (modded-nanogpt).
    zero_init: Flag = False

    @property
    def head_dim(self) -> int:
        return self.dim // self.heads

    @property
    def groups(self) -> int:
        """Key-value heads."""
        return self.kv_heads or self.heads

    @model_validator(mode="after")
    def _divides(self) -> "ModelConfig":
        if self.dim % self.heads:
            raise ValueError(f"model.dim is {self.dim}; expected a multiple of model.heads ({self.heads})")
        if self.head_dim % 2:
            raise ValueError(
                f"model.dim is {self.dim}; expected an even number per head (rotary embeddings turn pairs)"
            )
        if self.heads % self.groups:
            raise ValueError(
                f"model.kv_heads is {self.kv_heads}; expected 0 or a divisor of model.heads ({self.heads})"
            )
        return self


@dataclass(frozen=True, config=FORBID)
class DataConfig:
    """Sources and their proportions of tokens; with an empty mixture every row is used equally often."""

    mixture: dict[str, Amount] = field(default_factory=dict)
    max_epochs: dict[str, Amount] = field(default_factory=dict)  # cap on the passes over a source
    # Least number of duplicates of a document → its copies in an epoch.
    rehydrate: dict[str, Annotated[int, Field(strict=True)]] = field(default_factory=dict)
    seed: Seed = 0


@dataclass(frozen=True, config=FORBID)
class ScheduleConfig:
    """Learning rate over steps: warm-up, then cosine to `final`, or constant with a linear decay at the end (WSD)."""

    kind: Literal["cosine", "wsd", "constant"] = "cosine"
    warmup: Count = 2000  # steps
    final: Share = 0.1  # fraction of lr at the last step
    decay: Annotated[float, Field(strict=True, gt=0, le=1)] = 0.2  # WSD: the last fraction of the steps


@dataclass(frozen=True, config=FORBID)
class TrainConfig:
    """The loop. A step takes `batch_tokens` tokens over all devices, in micro-batches of `micro_rows` rows each."""

    steps: Whole
    batch_tokens: Whole = 4_194_304  # 42dot: 4.0M tokens
    micro_rows: Count = 8  # 0: as many as the device's free memory holds
    precision: Literal["bf16", "fp32"] = "bf16"  # of activations and matrix products; weights and optimiser stay fp32
    compile: Literal["auto", "on", "off"] = "auto"  # auto: on GPUs
    # fastest: measured at the start (model/network/fastest.py); causal: documents of a row see each other
    attention: Literal["auto", "fastest", "documents", "sdpa", "flex", "varlen", "flash3", "causal"] = "auto"
    loss_chunks: Whole = 8
    z_loss: Amount = 0.0
    fp8: Flag = False  # matrix products of the blocks, by torchao; needs a Hopper or later
    activation_checkpointing: Flag = False
    # Compiled blocks keep at most this fraction of the activations for the backward pass and compute the rest again
    # (torch's memory budget).
    activation_budget: Annotated[float, Field(strict=True, gt=0, le=1)] = 1.0
    # auto: ddp if the states fit on one device, hsdp if they fit on one machine of several, else fsdp
    parallel: Literal["auto", "ddp", "hsdp", "fsdp"] = "auto"
    deterministic: Flag = False  # the same bits on the same GPU, where torch can; slower
    profile: Count = 0  # steps of which torch.profiler writes a trace; 0: none
    seed: Seed = 0
    max_skipped: Whole = 10  # non-finite steps in a row that end the run
    spike_sigma: Amount = 0.0  # skip steps whose loss is so many deviations above its mean; 0: never
    log_every: Whole = 10
    validate_every: Count = 1000
    validation_rows: Whole = 64  # rows per source
    sample_every: Count = 1000  # 0: never
    checkpoint_every: Count = 1000
    keep_last: Whole = 3
    keep_every: Count = 0  # keep these permanently, besides the last ones


def OptimizerConfig(name: str = "adamw", **values: Any) -> Any:  # noqa: N802 - a section beside the others
    """The checked settings of an optimizer in the table (model/optimizers)."""
    return OPTIMIZERS[name].settings(name=name, **values)


@dataclass(frozen=True, config=FORBID)
class Config:
    """Everything that determines a run, except the packed data."""

    model: ModelConfig
    train: TrainConfig
    data: DataConfig = field(default_factory=DataConfig)
    optimizer: SerializeAsAny[Any] = field(default_factory=OptimizerConfig)
    schedule: ScheduleConfig = field(default_factory=ScheduleConfig)

    @field_validator("optimizer", mode="before")
    @classmethod
    def _of_the_table(cls, value: Any) -> Any:
        if isinstance(value, Settings):
            return value
        if not isinstance(value, Mapping):
            raise ValueError(f"optimizer is {value!r}; expected a section [optimizer]")
        name = value.get("name", "adamw")
        if name not in list(OPTIMIZERS):  # it may be a list, too
            raise ValueError(f"optimizer.name is {name!r}; accepted: {', '.join(map(repr, OPTIMIZERS))}")
        return TypeAdapter(OPTIMIZERS[name].settings).validate_python({**value, "name": name})


Kind = TypeVar("Kind")


def load_config(name: str | Path, overrides: Sequence[str] = ()) -> Config:
    """Read a configuration by name (tiny, mini, 350m, 1.3b …) or path; `overrides` are "section.key=value", value in
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
        table = from_toml(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path} is not a TOML file: {error}.") from error
    where = str(path)
    if overrides and _sound(table):  # then what is wrong is in them
        where = f"--set {' --set '.join(overrides)}"
    before = dict(table["optimizer"]) if isinstance(table.get("optimizer"), dict) else {}
    for override in overrides:
        _override(table, override)
    _other_optimizer(table, before, {override.partition("=")[0].strip() for override in overrides})
    return parse_config(table, where)


def _other_optimizer(table: dict[str, Any], before: Mapping[str, Any], given: set[str]) -> None:
    """If an override names another optimizer, settings of the file's one that it does not have are left out."""
    section = table.get("optimizer")
    if not isinstance(section, dict) or section.get("name") == before.get("name", "adamw"):
        return
    name = section.get("name", "adamw")
    if name in list(OPTIMIZERS):
        known = {found.name for found in dataclasses.fields(OPTIMIZERS[name].settings)}
        for key in before.keys() - known:
            if f"optimizer.{key}" not in given:
                del section[key]


def _sound(table: Mapping[str, Any]) -> bool:
    try:
        parse_config(table, "")
    except UserError:
        return False
    return True


def parse_config(table: Mapping[str, Any], where: str) -> Config:
    """Check a table against the dataclasses; `where` is the file that messages name."""
    return checked(Config, table, where)


def checked(kind: type[Kind], table: Mapping[str, Any], where: str, section: str = "") -> Kind:
    """`table` as a settings dataclass. Raises UserError that names `where`, the key, what was found and what is
    accepted."""
    try:
        return TypeAdapter(kind).validate_python(table)
    except ValidationError as error:
        raise UserError(f"{where}: {explain(kind, table, dict(error.errors()[0]), section)}.") from error


def explain(kind: type, table: Mapping[str, Any], error: Mapping[str, Any], section: str = "") -> str:
    """One of pydantic's errors as a clause: the key, what was found, what is accepted."""
    steps = [str(step) for step in error["loc"]]
    key, found, context = ".".join([*filter(None, [section]), *steps]), error.get("input"), error.get("ctx") or {}
    what = error["type"]
    if what == "value_error":
        return str(error["msg"]).removeprefix("Value error, ")
    if what in ("unexpected_keyword_argument", "extra_forbidden"):
        prefix = key[: len(key) - len(steps[-1])]
        accepted = _fields(kind, table, steps[:-1])
        near = get_close_matches(steps[-1], accepted, 1)
        hint = f" (did you mean {prefix}{near[0]}?)" if near else ""
        return f"unknown key {key}{hint}; accepted: {', '.join(prefix + name for name in accepted)}"
    if what in ("missing", "missing_argument"):
        return f"{key} is missing"
    if what == "literal_error":
        return f"{key} is {found!r}; accepted: {str(context.get('expected')).replace(' or ', ', ')}"
    bounds = {
        "greater_than": lambda: "a positive number" if not context["gt"] else f"a number above {context['gt']}",
        "greater_than_equal": lambda: f"{context['ge']:g} or a positive number",
        "less_than": lambda: (
            "a positive number"
            if found != found
            else "a finite number"
            if context["lt"] == float("inf")
            else f"a number below {context['lt']}"
        ),
        "less_than_equal": lambda: f"a number up to {context['le']}",
    }
    if what in bounds:
        return f"{key} is {found!r}; expected {bounds[what]()}"
    kinds = {"int": "a whole number", "float": "a number", "bool": "true or false", "string": "a text"}
    kinds |= {"dict": 'a table such as { "wikipedia-ko" = 0.5 }', "dataclass": f"a section [{key}]"}
    return f"{key} is {found!r}; expected {kinds.get(what.split('_')[0], error['msg'])}"


def _fields(kind: type, table: Mapping[str, Any], steps: Sequence[str]) -> list[str]:
    """The keys of the section that an error is in."""
    for step in steps:
        if step == "optimizer":
            return [f.name for f in dataclasses.fields(OPTIMIZERS[table[step].get("name", "adamw")].settings)]
        kind = next(f.type for f in dataclasses.fields(kind) if f.name == step)  # type: ignore[arg-type, assignment]
    return [f.name for f in dataclasses.fields(kind)]  # type: ignore[arg-type]  # a dataclass of pydantic's


def resolve(config: Config, vocab_size: int, seq_len: int) -> Config:
    """Fill in vocabulary and context from the packed data. Raises UserError for data that the model cannot take."""
    model = config.model
    padded = -(-vocab_size // VOCABULARY_MULTIPLE) * VOCABULARY_MULTIPLE
    if model.vocab_size and model.vocab_size < vocab_size:
        raise UserError(
            f"model.vocab_size is {model.vocab_size}, but the data's tokenizer has {vocab_size} tokens; set it to"
            f" 0 or to {padded}."
        )
    if model.context and model.context < seq_len:
        raise UserError(
            f"model.context is {model.context}, but the data are packed in rows of {seq_len} tokens; raise it or"
            " pack shorter rows."
        )
    model = dataclasses.replace(model, vocab_size=model.vocab_size or padded, context=model.context or seq_len)
    return dataclasses.replace(config, model=model)


def warnings_of(config: Config) -> list[str]:
    """Warnings for settings that are allowed but rarely intended."""
    if config.schedule.warmup >= config.train.steps:
        return [
            f"schedule.warmup is {config.schedule.warmup:,} steps and train.steps {config.train.steps:,}: the"
            " learning rate never reaches "
            f"optimizer.lr. Set schedule.warmup to {max(1, config.train.steps // 50):,}, for example."
        ]
    return []


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
        value = from_toml(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text.strip()  # a bare word is a string: --set optimizer.name=muon
    inner = table.setdefault(section, {})
    *path, last = name.split(".")
    for part in path:
        inner = inner.setdefault(part, {})
    if not isinstance(inner, dict):
        raise UserError(f"--set {override!r}: {section} is not a section of the configuration.")
    inner[last] = value
