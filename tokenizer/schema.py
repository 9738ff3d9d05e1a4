"""The shape of fertility.json as pydantic models, from which its JSON schema is generated.

`python -m tokenizer.schema` prints the schema (draft 2020-12). The metrics are those of METRICS in
tokenizer/analysis/metrics.py.
"""

import json
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, NonNegativeInt, PositiveInt
from pydantic.json_schema import GenerateJsonSchema

from tokenizer.analysis.fertility import QUANTILES
from tokenizer.analysis.metrics import names

VERSION = 3  # 3: split, and what a tokenizer has seen

Share = Annotated[float, Field(ge=0, le=1)]
Some = Annotated[str, Field(min_length=1)]


class Closed(BaseModel):
    """An object with exactly these fields."""

    model_config = ConfigDict(extra="forbid")


class Open(BaseModel):
    """An object that may contain more than these fields."""

    model_config = ConfigDict(extra="allow")


def _keys(wanted: Callable[[], list[str]]) -> tuple[AfterValidator, Any]:
    """Require exactly these keys in a dictionary; they are looked up when the schema is made or a report is checked."""

    def check(value: dict[str, Any]) -> dict[str, Any]:
        if set(value) != set(wanted()):
            raise ValueError(f"found {', '.join(value) or 'nothing'}; expected {', '.join(wanted())}")
        return value

    def extend(schema: dict[str, Any]) -> None:
        schema |= {"propertyNames": {"enum": wanted()}, "required": wanted()}

    return AfterValidator(check), Field(json_schema_extra=extend)


class Estimate(Closed):
    """A figure and its 95 % interval; null where it is not defined."""

    value: float | None
    low: float | None
    high: float | None


class Counts(Open):
    """What was counted in some documents."""

    documents: NonNegativeInt
    bytes: NonNegativeInt
    characters: NonNegativeInt
    syllables: NonNegativeInt
    words: NonNegativeInt
    tokens: NonNegativeInt
    exact: bool = Field(description="all documents, not a sample of them")


class Script(Counts):
    """The words of one script."""

    metrics: Annotated[dict[str, Estimate], *_keys(lambda: names(scripts=True))]


class Histogram(Closed):
    """edges[i] <= tokens < edges[i + 1]"""

    edges: list[NonNegativeInt]
    counts: list[NonNegativeInt]


class TokensPerDocument(Closed):
    """How many tokens documents have; quantiles by their per cent."""

    quantiles: Annotated[dict[str, float | None], *_keys(lambda: [str(q) for q in QUANTILES])]
    histogram: Histogram


class Group(Counts):
    """Some documents: of a language, a source, or one side of parallel text."""

    metrics: Annotated[dict[str, Estimate], *_keys(names)]
    tokens_per_document: TokensPerDocument
    sources: "dict[str, Group]" = {}
    scripts: dict[str, Script] = {}


class Language(Group):
    """All documents of a language, with those of its sources."""

    sources: dict[str, Group]
    scripts: dict[str, Script]


class Parallel(BaseModel):
    """One set of parallel text; its languages by their codes."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Group]

    premium: Estimate | None
    premium_mean: Estimate | None
    premiums: dict[str, Estimate]
    gini: Estimate


class Parity(BaseModel):
    """All sets of parallel text by their names."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Parallel]

    gini: float | None


class Boundaries(Open):
    """Token boundaries inside words against those of morphemes; the interval is that of F1."""

    precision: Share | None
    recall: Share | None
    f1: Share | None
    low: Share | None
    high: Share | None
    sentences: NonNegativeInt
    words: NonNegativeInt
    boundaries: NonNegativeInt
    token_boundaries: NonNegativeInt
    hidden: NonNegativeInt
    hidden_share: Share | None


class Cuts(Open):
    """How tokens cut the josa or eomi inside words."""

    total: NonNegativeInt
    cut_clean: NonNegativeInt
    cut_inside: NonNegativeInt
    glued: NonNegativeInt
    whole_word: NonNegativeInt


class WrongCut(Closed):
    """A word with a token boundary where no morpheme begins."""

    word: str
    tokens: list[str]
    morphemes: list[str]
    count: NonNegativeInt


class Morphology(Open):
    """Token boundaries against morphemes."""

    kiwi: Boundaries | None
    gold: Boundaries | None
    josa: Cuts
    eomi: Cuts
    wrong_cuts: list[WrongCut]


class Composition(Open):
    """The tokens of one script."""

    tokens: NonNegativeInt
    share: Share
    mean_characters: float | None


class Lengths(Closed):
    """How many tokens have each length."""

    bytes: list[NonNegativeInt]
    characters: list[NonNegativeInt]


class Syllables(Open):
    """The Hangul syllables that are one token."""

    covered: NonNegativeInt
    of: Literal[11172]
    ks_x_1001: NonNegativeInt


class Syllable(Closed):
    """One of the rarest syllables of the corpus."""

    syllable: Annotated[str, Field(pattern="^[가-힣]$")]
    count: PositiveInt
    tokens: PositiveInt


class Lost(Closed):
    """Syllables that their tokens do not give back."""

    count: NonNegativeInt
    examples: list[str]


class RareSyllables(Closed):
    """How each modern syllable is encoded as a text of its own."""

    tokens: dict[str, PositiveInt] = Field(description="how many syllables take so many tokens")
    lost: Lost
    rarest: list[Syllable]


class Broken(Open):
    """Tokens that are parts of characters."""

    tokens: NonNegativeInt
    share: Share


class Unreachable(Open):
    """Tokens that no text produces."""

    count: NonNegativeInt
    examples: list[dict[str, Any]]


class Vocabulary(Open):
    """What the vocabulary contains."""

    composition: dict[str, Composition]
    lengths: Lengths
    syllables: Syllables
    rare_syllables: RareSyllables
    broken_utf8: Broken
    unreachable: Unreachable
    never_used: dict[str, Any] | None
    rare: dict[str, Any] | None
    near_copies: dict[str, Any]
    repeats: list[Any]
    spam: list[Any]
    longest: list[Any]


class Tokenizer(Closed):
    """One tokenizer with all its figures."""

    name: Some
    path: str
    kind: str
    ours: bool
    vocab_size: PositiveInt
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    seen: Literal["all", "part", "none"] | None = Field(
        description="how much of the measured text it was trained on; null: not known"
    )
    pattern: str | None = Field(description="the pre-token pattern, where our kernels encode by such pre-tokens")
    slow: str = Field(description="why our kernels do not encode and a sample is measured; empty where they do")
    languages: dict[str, Language]
    parity: Parity | None
    morphology: Morphology | None
    vocabulary: Vocabulary
    nfd_penalty: float | None


class Corpus(Closed):
    """The corpus that tokenizers are measured on."""

    path: str
    split: Literal["validation", "train", "all"]
    documents: NonNegativeInt
    bytes: NonNegativeInt


class Missing(Closed):
    """A tokenizer that could not be included."""

    name: str
    reason: Some


class Sample(Closed):
    """A sentence of the token view."""

    language: str
    text: str
    tokens: dict[str, list[NonNegativeInt]] = Field(
        description="by tokenizer: where its tokens end, in bytes of the text"
    )


class Report(Closed):
    """fertility.json: tokenizers analysed on a corpus."""

    version: Literal[3] = Field(alias="schema")
    corpus: Corpus
    seed: NonNegativeInt
    tokenizers: list[Tokenizer]
    missing: list[Missing]
    samples: list[Sample]


def json_schema() -> dict[str, Any]:
    """The JSON schema of fertility.json (draft 2020-12)."""
    return {"$schema": GenerateJsonSchema.schema_dialect} | Report.model_json_schema()


if __name__ == "__main__":
    print(json.dumps(json_schema(), ensure_ascii=False, indent=1))
