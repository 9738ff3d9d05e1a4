"""Every key of a recipe, from the settings models themselves: docs/recipes.md and a JSON schema for editors.

    python -m corpus.recipe_keys > docs/recipes.md
    python -m corpus.recipe_keys --schema > recipe.schema.json

What a key means is the comment beside its field in the source, so that it is written once.
"""

import ast
import inspect
import io
import json
import re
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from corpus.quality.rules import RULES
from corpus.recipe import Recipe, SourceRecipe
from corpus.sources import SOURCES
from corpus.sources.base import Declared

HEAD = """# Recipes

A recipe is a TOML file: what is read, and with which settings. Every key has a recommended default, so that a name and one source make a recipe:

```toml
name = "news"

[[sources]]
name = "my-news"
files = "news"        # a folder, a file, a glob, or a list of them
license = "CC-BY-4.0"
```

`hanji new recipe FOLDER` looks at the files of a folder and writes such a recipe with comments. `hanji build_corpus --recipe FILE.toml --dry-run` says
what would be read, and how much time, disk space and tokens that makes. An unknown key or a bad value is an error that names it.
`python -m corpus.recipe_keys --schema > recipe.schema.json` writes a JSON schema; with `#:schema ./recipe.schema.json` in the first line of a recipe, editors with a TOML language server (Taplo, Even Better TOML) complete and
check its keys.

This page is made from the settings models by `python -m corpus.recipe_keys`.
"""


# What has no comment beside its field, since the docstring or the name of the class says it there.
ABOUT = {
    "Recipe.description": "Printed on the report and the card",
    "Recipe.licenses": "Which documents may be taken: any, those whose licence does not forbid commercial use, or those of the named licences",
    "Recipe.sources": "The `[[sources]]` tables below",
    "Declared.max_line_bytes": "A longer line is unreadable, and counted so",
    "Klue.configs": "Which of KLUE's tasks",
    "Klue.splits": "Which of their splits",
    "WikipediaKorean.date": "The snapshot, as the dataset names it",
    "WikipediaEnglish.date": "The snapshot, as the dataset names it",
    "WikipediaDump.date": "The dump, as dumps.wikimedia.org names it: 20260101",
    "WikipediaDump.language": "The wiki: ko, en, …",
    "RedPajama.subsets": "Which of its sets; c4 is left out, since c4-en is the same",
    "RedPajamaV2.skip_duplicates": "Leave out documents that upstream's list names as exact duplicates",
    "Lbox.configs": "Which of its sets",
    "Jikji.license": "Under which terms you hold the texts",
    "Jikji.files": "Where your copy is; there is no public download",
    "Mapped.license": "Carried by every document; `licenses` chooses by it",
    "Hub.repo": "OWNER/NAME of a dataset on the Hugging Face hub",
    "Hub.glob": "Which of its files: a pattern or a list of them, instead of config and split",
    "Hub.config": "A configuration of the dataset's card; its default or only one if left out",
    "Hub.split": "A split of it; train if left out",
    "Hub.revision": "A commit, tag or branch; the newest commit if left out, which the manifest names",
    "Hub.language": "What the documents are in, if that is certain",
    "Local.files": "A file, a folder, a glob, or a list of them",
    "UrlSettings.domains": "Names to drop, with all names below them; `.xxx` for a whole top-level domain",
    "UrlSettings.domain_files": "Files of such names, one a line; hosts files are read, too",
    "UrlSettings.allowed": "Names that no rule on addresses drops",
    "UrlSettings.words": "Words in an address, one of which drops",
    "UrlSettings.word_files": "Files of such words, one a line",
    "UrlSettings.soft_words": "Words of which several different ones drop",
    "UrlSettings.soft_word_files": "Files of such words, one a line",
    "UrlSettings.builtin": "Ask the patterns of gambling and adult sites that come along",
    "PrivacySettings.kinds": "What is replaced by a tag; `[]` leaves texts as they are",
    "Tags.email": "Put in the place of an e-mail address",
    "Tags.resident": "… of a resident registration number",
    "Tags.card": "… of a card number",
    "Tags.licence": "… of a driver's licence number",
    "Tags.phone": "… of a phone number",
    "Tags.business": "… of a business registration number",
    "Tags.account": "… of a bank account number",
    "Tags.passport": "… of a passport number",
    "Tags.ip": "… of an IP address",
    "ShingleSettings.languages": "Other sizes for the languages named",
    "MinHashSettings.seed": "Seed of the permutations",
    "MatchSettings.short_threshold": "The same for texts of about one or two sentences",
    "SpanSettings.containment": "What becomes of a document that is nearly whole in a longer one",
    "ContaminationSettings.remove": "What is taken out of the corpus: the document that holds a test item, the item, or nothing",
    "ContaminationSettings.coverage": "Share of an item's seeds that must stand together in a document",
    "ContaminationSettings.words": "The same for English",
    "ContaminationSettings.syllables": "A shorter piece of an item is too short to tell by itself",
}


def main() -> None:
    """Print the page, or with --schema the schema."""
    if sys.argv[1:] == ["--schema"]:
        print(json.dumps(json_schema(), ensure_ascii=False, indent=1))
    else:
        print(reference(), end="")


def json_schema() -> dict[str, Any]:
    """The JSON schema of a recipe (draft 2020-12), with the keys of each kind of source."""
    schema = Recipe.model_json_schema()
    kinds: dict[str, list[Any]] = {}
    for kind in SOURCES.values():
        found = kind.model_json_schema(by_alias=True, ref_template="#/$defs/{model}")
        schema["$defs"] |= found.pop("$defs", {})
        before = [
            d.info.fields for d in kind.__pydantic_decorators__.field_validators.values() if d.info.mode == "before"
        ]
        single = {field for fields in before for field in fields}  # one value is taken for a list of one
        for key, about in found["properties"].items():
            choices = kinds.setdefault(key, [])
            choices += [about] + ([{"type": "string"}] if key in single else [])
    source = schema["$defs"]["SourceRecipe"]
    own = {key: {"anyOf": choices} for key, choices in kinds.items() if key not in (*source["properties"], "licenses")}
    source["properties"] |= own
    source["additionalProperties"] = False
    for _, model in _models(Recipe):
        described = schema if model is Recipe else schema["$defs"].get(model.__name__)
        if described:
            for key, about in meanings(model).items():
                described["properties"].get(key, {})["description"] = about
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema


def reference() -> str:
    """docs/recipes.md."""
    parts = [HEAD]
    for name, model in _models(Recipe):
        title = f"[{name}]" if name else "The top of the file"
        about = (inspect.getdoc(model) or "").partition("\n\n")[0].replace("\n", " ")
        parts.append(f"## {'`' if name else ''}{title}{'`' if name else ''}\n\n{about}\n\n{_table(model)}")
        if model is Recipe:
            parts.append(_sources())
    parts.append(_rules())
    return "\n".join(parts)


def _sources() -> str:
    common = _table(SourceRecipe)
    found = [
        "## `[[sources]]`\n\nOne table for each source. The keys common to all:\n\n" + common,
        "The other keys belong to the source's `kind`, which is its name where none is given; a name of one's own with"
        " `files` is of kind `local`. Every kind has these:\n\n" + _table(Declared, leave=("name", "licenses")),
    ]
    for name, kind in SOURCES.items():
        own = [key for key in kind.model_fields if key not in Declared.model_fields]
        license = kind.__dict__.get("license") or getattr(kind, "license", "")
        licence = f", licence {license}" if isinstance(license, str) and license else ""
        about = (inspect.getdoc(kind) or "").partition("\n\n")[0].replace("\n", " ")
        table = "\n\n" + _table(kind, leave=tuple(Declared.model_fields)) if own else "\n"
        profile = getattr(kind, "profile", "web")
        told = f"{about}{'' if about.endswith('.') else '.'} Profile {profile if isinstance(profile, str) else 'web'}{licence}."
        found.append(f'### `kind = "{name}"`\n\n{told}{table}')
    return "\n".join(found)


def _rules() -> str:
    """The keys of [quality.web.ko], [quality.web.en], [quality.web.other] and [quality.reference]."""

    def shown(limit: float | None) -> str:
        return "" if limit is None else f"{limit:,g}"

    rows = [
        f"| `{r.name}` | {shown(r.ko)} | {shown(r.en)} | {shown(r.reference)} | {r.meaning} | {r.source} |"
        for r in RULES
    ]
    head = (
        "## `[quality.web.ko]`, `[quality.web.en]`, `[quality.web.other]`, `[quality.reference]`\n\n"
        "The limits of the rules; an empty default: the rule is not asked. `web.other` (web pages in other languages) has"
        " the defaults of `reference`.\n\n"
        "| key | default ko | default en | default reference | counts | source of the number |\n|---|---|---|---|---|---|\n"
    )
    return head + "\n".join(rows) + "\n"


def _table(model: type[BaseModel], leave: tuple[str, ...] = ()) -> str:
    about = meanings(model)
    rows = []
    for key, field in model.model_fields.items():
        if key in leave or _model_of(field.annotation) is not None:
            continue
        name = field.alias or key
        rows.append(f"| `{name}` | {_type(field)} | {_default(field)} | {about.get(key, '')} |")
    if not rows:
        return ""
    return "\n".join(["| key | type | default | meaning |", "|---|---|---|---|", *rows]) + "\n"


def _models(model: type[BaseModel], path: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    """A settings model and those inside it by their table's name, except lists of tables and the rules' limits."""
    yield path, model
    for key, field in model.model_fields.items():
        inner = _model_of(field.annotation)
        if inner is not None and inner.__name__ not in ("KoreanWeb", "EnglishWeb", "Reference"):
            yield from _models(inner, f"{path}.{key}".strip("."))


def _model_of(kind: Any) -> type[BaseModel] | None:
    """The settings model that a key holds as a table of its own (not in a list)."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind
    if get_origin(kind) in (Union, type(int | str)):
        found = [model for argument in get_args(kind) if (model := _model_of(argument))]
        return found[0] if found and type(None) in get_args(kind) else None
    return None


def _type(field: FieldInfo) -> str:
    bounds = [f"{sign} {value:g}" for name, sign in (("ge", "≥"), ("gt", ">"), ("le", "≤"), ("lt", "<"))
              for rule in field.metadata if (value := getattr(rule, name, None)) is not None]  # fmt: skip
    named = _named(field.annotation)
    return f"{named}, {', '.join(bounds)}" if bounds else named


def _named(kind: Any) -> str:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return " or ".join(f"`{json.dumps(value)}`" for value in arguments)
    if origin in (Union, type(int | str)):
        return " or ".join(_named(argument) for argument in arguments if argument is not type(None))
    if origin in (list, tuple):
        inner = [argument for argument in arguments if argument is not Ellipsis]
        return f"list of {' or '.join(dict.fromkeys(map(_named, inner)))}"
    if (origin is not None and issubclass(origin, dict)) or getattr(origin, "__name__", "") == "Mapping":
        return "table"
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return f"table of {', '.join(f'`{key}`' for key in kind.model_fields)}"
    words = {str: "text", int: "whole number", float: "number", bool: "true or false"}
    return words.get(kind, getattr(kind, "__name__", str(kind)))


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True) if field.default is PydanticUndefined else field.default
    if value is None:
        return ""
    if isinstance(value, BaseModel):
        return "`{}`"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10_000:
        return f"`{value:_}`"
    return f"`{json.dumps(value, ensure_ascii=False, default=list)}`".replace("|", "\\|")


def meanings(model: type[BaseModel]) -> dict[str, str]:
    """Field → the comment beside it in the source, or the one above it; those of the classes it inherits from, too."""
    found: dict[str, str] = {}
    for kind in reversed(model.__mro__):
        if isinstance(kind, type) and issubclass(kind, BaseModel) and kind is not BaseModel:
            prefix = f"{kind.__name__}."
            found |= {name.removeprefix(prefix): about for name, about in ABOUT.items() if name.startswith(prefix)}
            found |= _meanings(kind)
    return found


def _meanings(model: type[BaseModel]) -> dict[str, str]:
    try:
        path, source = inspect.getsourcefile(model), inspect.getsource(model)
    except (OSError, TypeError):
        return {}  # made by create_model: the rules' limits
    if path is None or not Path(path).is_file():
        return {}
    lines = inspect.cleandoc("\n" + source).split("\n") if source[:1].isspace() else source.split("\n")
    text = "\n".join(lines)
    comments = {
        token.start[0]: (token.string.lstrip("# ").strip(), lines[token.start[0] - 1].lstrip().startswith("#"))
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type == tokenize.COMMENT and not token.string.startswith(("# type:", "# noqa", "# fmt"))
    }
    found = {}
    for node in ast.parse(text).body[0].body:  # type: ignore[attr-defined]  # a class
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
            continue
        beside = [comments[n][0] for n in range(node.lineno, (node.end_lineno or node.lineno) + 1) if n in comments]
        above: list[str] = []
        line = node.lineno - 1
        while line in comments and comments[line][1]:
            above.insert(0, comments[line][0])
            line -= 1
        told = " ".join([*above, *beside])
        found[node.target.id] = re.sub(r"\s+", " ", told).replace("|", "\\|").removeprefix("… ")
    return {key: about[:1].upper() + about[1:] for key, about in found.items() if about}


if __name__ == "__main__":
    main()
