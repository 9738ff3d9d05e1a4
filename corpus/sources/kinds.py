"""The kinds of sources by the names that recipes use, and a source of one with its settings."""

import difflib
from typing import Any

from pydantic import ValidationError

from corpus.errors import UserError
from corpus.sources.base import Declared, Source
from corpus.sources.hub import C4English, FineWeb2Korean, Hub, MC4Korean
from corpus.sources.jikji import Jikji
from corpus.sources.klue import Klue
from corpus.sources.lbox import Lbox
from corpus.sources.local import Local
from corpus.sources.pile import Pile
from corpus.sources.redpajama import RedPajama
from corpus.sources.redpajama_v2 import RedPajamaV2
from corpus.sources.wikipedia import WikipediaEnglish, WikipediaKorean
from corpus.sources.wikipedia_dump import WikipediaDump

SOURCES: dict[str, type[Declared]] = {
    "mc4-ko": MC4Korean,
    "c4-en": C4English,
    "klue": Klue,
    "wikipedia-ko": WikipediaKorean,
    "wikipedia-en": WikipediaEnglish,
    "wikipedia-dump": WikipediaDump,
    "pile": Pile,
    "redpajama": RedPajama,
    "redpajama-v2": RedPajamaV2,
    "lbox": Lbox,
    "jikji": Jikji,
    "fineweb2-ko": FineWeb2Korean,
    "hub": Hub,
    "local": Local,
}


EXPECTED = {  # what pydantic calls kinds of values of Python's, in the words of TOML
    "tuple_type": 'expected a text, or a list such as ["a", "b"]',
    "dict_type": 'expected a table such as { text = "body" }',
    "mapping_type": 'expected a table such as { text = "body" }',
    "string_type": "expected a text in quotes",
}


def source(kind: str, settings: dict[str, Any], name: str | None = None) -> Source:
    """The source of a kind, with the settings and the name that a recipe gives it (by default that of the kind).

    A source without a kind is of the kind of its name; with any other name it is a local corpus and needs `files`.

    Raises UserError for an unknown name, an unknown key or a bad value, with the accepted ones.
    """
    name = name or kind
    found = SOURCES.get(kind)
    if found is None:
        if "files" not in settings or kind != name:
            near = difflib.get_close_matches(kind, SOURCES, 1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            unknown = "is unknown" if kind == name else f"is of the unknown kind {kind!r}"
            raise UserError(
                f"source {name!r} {unknown}{hint}. Accepted: {', '.join(SOURCES)}; or any other name with "
                'files = ["…"] for a local corpus'
            )
        found = Local
    try:
        return found(name=name, **settings)
    except ValidationError as error:
        raise UserError(_explain(name, found, error)) from None


def _explain(name: str, kind: type[Declared], error: ValidationError) -> str:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"] if part != "[key]")
    if first["type"] == "extra_forbidden":
        keys = [field.alias or key for key, field in kind.model_fields.items() if key not in ("name", "licenses")]
        near = difflib.get_close_matches(key, keys, 1)
        hint = f" (did you mean {near[0]!r}?)" if near else ""
        return f"source {name!r}: unknown key {key!r}{hint}; accepted: {', '.join(keys)}"
    said = EXPECTED.get(first["type"], first["msg"].removeprefix("Value error, "))
    return f"source {name!r}: {key} = {first['input']!r}: {said}"
