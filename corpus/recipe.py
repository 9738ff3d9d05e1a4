"""Recipes: the content and settings of a corpus, as TOML that is checked key by key.

A recipe consists of the settings models of all steps. The defaults are the recommended values, so a recipe names its
sources and little else. Errors are reported as one paragraph with the key, the value found and the accepted values.
"""

import difflib
import re
from functools import reduce
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from corpus.cleaning.boilerplate import BoilerplateSettings
from corpus.cleaning.language import LanguageSettings
from corpus.cleaning.normalize import NormalizeSettings
from corpus.cleaning.privacy import PrivacySettings
from corpus.contamination.find import ContaminationSettings
from corpus.duplicates.match import MatchSettings
from corpus.duplicates.minhash import MinHashSettings
from corpus.duplicates.shingles import ShingleSettings
from corpus.errors import UserError
from corpus.quality.judgement import Profile, QualitySettings
from corpus.recipe_file import accepted, read_recipe
from corpus.repeats.spans import SpanSettings

Model = TypeVar("Model", bound=BaseModel)


SOURCE_NAME = r"^[a-z0-9][a-z0-9_.-]*$"
RECIPE_NAME = r"^\w[\w .+-]*$"
PATTERNS = {
    SOURCE_NAME: "expected small Latin letters, digits and . _ -, since it names files",
    RECIPE_NAME: "expected letters, digits, spaces and . _ + -, since it names a folder",
}
EXPECTED = {  # what pydantic calls kinds of mistakes, in the words of TOML
    "list_type": 'expected a list such as ["ko", "en"]',
    "bool_parsing": "expected true or false",
    "int_parsing": "expected a whole number",
    "float_parsing": "expected a number",
}


class SourceRecipe(BaseModel):
    """One [[sources]] table. These keys are common to all sources; the others belong to the source's kind."""

    model_config = ConfigDict(extra="allow")

    name: str = Field(pattern=SOURCE_NAME)  # names files and folders
    kind: str = ""  # the source class; by default that of the name
    priority: int = Field(default=100, ge=0)  # of two duplicates the one with the smaller number survives
    profile: Profile | None = None  # which quality rules; by default those of the kind
    lang: str | None = None  # the documents' language, if it is certain; by default that of the kind
    validation: float | None = Field(default=None, ge=0, le=0.5)  # share held out; by default that of the recipe
    # for the training mixture: how often tokens of this source count
    weight: float = Field(default=1.0, gt=0, allow_inf_nan=False)

    @property
    def settings(self) -> dict[str, Any]:
        """The keys that belong to the source's kind."""
        return dict(self.model_extra or {})


class Recipe(BaseModel):
    """A whole recipe."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(pattern=RECIPE_NAME)  # names the folder that a build writes by default
    description: str = ""
    languages: list[str] = ["ko", "en"]  # documents in other languages are dropped
    licenses: Literal["any", "commercial"] | list[str] = "any"
    validation: float = Field(default=0.005, ge=0, le=0.5)  # share of documents held out, by a hash of their id
    shard_bytes: int = Field(default=256_000_000, ge=1_000_000)  # text bytes in one Arrow shard
    sources: list[SourceRecipe] = Field(min_length=1)
    normalize: NormalizeSettings = NormalizeSettings()
    language: LanguageSettings = LanguageSettings()
    quality: QualitySettings = QualitySettings()
    privacy: PrivacySettings = PrivacySettings()
    boilerplate: BoilerplateSettings = BoilerplateSettings()
    shingles: ShingleSettings = ShingleSettings()
    minhash: MinHashSettings = MinHashSettings()
    match: MatchSettings = MatchSettings()
    spans: SpanSettings = SpanSettings()
    contamination: ContaminationSettings = ContaminationSettings()

    @field_validator("languages")
    @classmethod
    def _are_codes(cls, languages: list[str]) -> list[str]:
        for language in languages:
            if not re.fullmatch("[a-z]{2,3}", language):
                raise ValueError(f"{language!r} is no code of a language; expected codes such as ko, en, ja")
        return languages

    @field_validator("sources")
    @classmethod
    def _names_differ(cls, sources: list[SourceRecipe]) -> list[SourceRecipe]:
        names = [source.name for source in sources]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(
                f"two sources are named {twice[0]!r}; names must differ (set kind = {twice[0]!r} and another name)"
            )
        return sources

    def priorities(self) -> dict[str, int]:
        """Source → priority number; the smaller survives."""
        return {source.name: source.priority for source in self.sources}


def load_recipe(name: str, bundled: Path, licenses: str | None = None) -> Recipe:
    """The recipe of that name in the folder `bundled`, or the file at the path `name`.

    `licenses` replaces the recipe's: "any", "commercial", or names with commas between. Raises UserError for a missing
    or unreadable file, an unknown key or a bad value.
    """
    path, data = read_recipe(name, bundled)
    recipe = validate(Recipe, data, f"recipe {path}")
    return recipe if licenses is None else recipe.model_copy(update={"licenses": accepted(licenses)})


def validate(model: type[Model], data: Any, where: str | None = None) -> Model:
    """`data` as a settings model; without `where` its keys are options of the command line.

    Raises UserError: one paragraph with every wrong key and the accepted values.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        problems = "; ".join(_problem(model, dict(e), where is None) for e in error.errors())
        raise UserError(f"{where}: {problems}." if where else f"{problems}.") from error


def _problem(model: type[BaseModel], error: dict[str, Any], option: bool) -> str:
    key = ".".join(str(step) for step in error["loc"]) or "the file"
    if error["type"] == "extra_forbidden":
        owner = reduce(_inside, error["loc"][:-1], model)
        accepted = (
            ", ".join(sorted(owner.model_fields))
            if isinstance(owner, type) and issubclass(owner, BaseModel)
            else "none"
        )
        near = difflib.get_close_matches(str(error["loc"][-1]), accepted.split(", "), 1)
        hint = f" (did you mean {near[0]!r}?)" if near else ""
        return f"unknown key {key!r}{hint}; accepted: {accepted}"
    if error["type"] == "missing":
        return f"key {key!r} is missing"
    message = EXPECTED.get(error["type"]) or PATTERNS.get(error.get("ctx", {}).get("pattern"))
    message = message or error["msg"].removeprefix("Value error, ")
    if error["type"] == "list_type" and key == "sources":
        message = f"expected [[{key}]] with two brackets on each side, found one table"
    found = error.get("input")
    shown = "" if isinstance(found, dict | list) else f", found {found!r}"
    named = f"--{key.replace('_', '-')}" if option else f"key {key!r}"
    return f"{named}: {message[0].lower()}{message[1:]}{shown}"


def _inside(model: Any, step: str | int) -> Any:
    """The settings model below one step of a key's path, through lists, dicts and optionals."""
    if get_origin(model) is dict:  # the step is a key of the user's own
        return get_args(model)[1]
    if isinstance(step, int) or not (isinstance(model, type) and issubclass(model, BaseModel)):
        return model
    field = model.model_fields.get(str(step))
    kinds = [field.annotation] if field else []
    while kinds:
        kind = kinds.pop()
        if get_origin(kind) is dict or (isinstance(kind, type) and issubclass(kind, BaseModel)):
            return kind
        kinds.extend(getattr(kind, "__args__", ()))
    return None
