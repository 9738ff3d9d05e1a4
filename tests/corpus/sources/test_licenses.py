"""Licences end to end: what a run accepts on its command line, and the mix that books, manifest and report show."""

import json
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from datasets import load_from_disk

from corpus.build import build, list_parts
from corpus.download.locator import Locator
from corpus.engine.local import LocalEngine
from corpus.errors import UserError
from corpus.recipe import Recipe, accepted, load_recipe
from corpus.sources.licenses import accepts
from pipelines.build_corpus import RECIPES

SENTENCE = "이 문서는 {} 번째이고, 어디에서 왔는지 그리고 어떤 조건으로 쓸 수 있는지를 함께 적어 둔 한국어 글이다. "


def recipe_of(tmp_path: Path, **changes: object) -> Recipe:
    """Three sources of three documents each, one without a right to use it in trade, one that does not say."""
    sources = []
    for number, (name, license) in enumerate({"free": "CC0-1.0", "private": "CC-BY-NC-4.0", "silent": ""}.items()):
        file = tmp_path / f"{name}.jsonl"
        texts = ["".join(SENTENCE.format(100 * number + 10 * i + k) for k in range(4)) for i in range(3)]
        file.write_text("".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts))
        entry = {"name": name, "files": [str(file)], "profile": "none", "lang": "ko"}
        sources.append(entry | ({"license": license} if license else {}))
    settings = {"name": "licences", "validation": 0, "sources": sources, "match": {"short": 2000}}
    return Recipe.model_validate(settings | changes)


@pytest.mark.parametrize(
    ("license", "commercial"),
    [
        *(
            (name, False)
            for name in ("CC-BY-NC-4.0", "cc-by-nc-sa-3.0", "CC BY-NC", "Non-Commercial", "noncommercial use")
        ),
        *((name, False) for name in ("Research Only", "for research only", "unknown", None)),
        *((name, True) for name in ("CC-BY-4.0", "MIT", "ODC-BY", "mixed", "", "INC-1.0", "NCSA", "SYNC")),
    ],
)
def test_licences_that_forbid_commercial_use(license: str | None, commercial: bool) -> None:
    assert accepts("commercial", license) == commercial
    assert accepts("any", license)
    assert accepts(("MIT", "Cc-By-4.0"), license) == (license in ("MIT", "CC-BY-4.0"))


@pytest.mark.parametrize(
    ("licenses", "kept"),
    [
        ("any", {"CC0-1.0": 3, "CC-BY-NC-4.0": 3, "unknown": 3}),
        ("commercial", {"CC0-1.0": 3}),
        (["cc-by-nc-4.0", "unknown"], {"CC-BY-NC-4.0": 3, "unknown": 3}),
    ],
)
def test_only_accepted_licences_are_built_and_the_mix_is_told(
    tmp_path: Path, licenses: object, kept: dict[str, int]
) -> None:
    recipe = recipe_of(tmp_path, licenses=licenses)
    out = tmp_path / "out"
    with LocalEngine(1) as engine:
        built = build(recipe, out, engine, Locator(tmp_path, tmp_path))
    documents = load_from_disk(str(out / "train")).with_format("arrow")[:]
    sizes = dict.fromkeys(kept, 0)
    for license, text in zip(documents["license"].to_pylist(), documents["text"].to_pylist(), strict=True):
        sizes[license] += len(text.encode())
    assert built.stats["total"]["output"]["license_documents"] == kept
    assert built.stats["total"]["output"]["licenses"] == sizes
    assert built.manifest["recipe"]["licenses"] == licenses
    page = (out / "report.html").read_text(encoding="utf-8")
    rows = re.findall(r"<tr><td>([^<]+)</td><td>([\d,]+)</td><td>[^<]+</td><td>([\d.]+) %</td></tr>", page)
    shown = {license: int(count) for license, count, _ in rows}
    assert shown == kept
    assert sum(float(share) for *_, share in rows) == pytest.approx(100, abs=0.2)


def test_the_command_line_replaces_the_recipes_licences() -> None:
    assert load_recipe("demo", RECIPES).licenses == "any"
    assert load_recipe("42dot", RECIPES, "commercial").licenses == "commercial"
    assert load_recipe("42dot", RECIPES, "CC0-1.0, public domain").licenses == ["CC0-1.0", "public domain"]
    assert accepted("any") == "any"
    with pytest.raises(UserError, match="--licenses ' , '"):
        accepted(" , ")


def test_records_are_filtered_where_a_source_mixes_licences(mirror: Path, tmp_path: Path) -> None:
    settings = {"name": "r", "licenses": ["public domain"], "sources": [{"name": "pile", "parts": "0"}]}
    recipe = Recipe.model_validate(settings)
    [(entry, part)] = list_parts(recipe, Locator(mirror, tmp_path))
    from corpus.sources import source

    kind = source(entry.name, entry.settings | {"licenses": recipe.licenses})
    chunks = list(kind.read(Locator(mirror, tmp_path).fetch(part), part))
    assert pa.concat_arrays([c.records["license"] for c in chunks]).unique().to_pylist() == ["public domain"]
    assert sum(c.skipped.get("license", 0) for c in chunks) > 0


def test_a_recipe_of_which_nothing_is_left_says_so(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nothing to build.*'MIT'.*'CC-BY-NC-4.0', 'CC0-1.0', 'unknown'"):
        list_parts(recipe_of(tmp_path, licenses=["MIT"]), Locator(tmp_path, tmp_path))


@pytest.mark.parametrize("accepted_names", ["commercial", ("CC0-1.0",), "any"])
def test_a_record_without_a_licence_passes_only_where_any_does(accepted_names: Any) -> None:
    from corpus.document import RAW_SCHEMA, Chunk
    from corpus.sources.licenses import accepts, filter_licenses

    names = ["CC0-1.0", None, "CC-BY-NC-4.0", "unknown", None]
    rows = [{"text": "글", "row": n, "license": name} for n, name in enumerate(names)]
    chunk = filter_licenses(Chunk(pa.RecordBatch.from_pylist(rows, RAW_SCHEMA), [], {"redirect": 1}), accepted_names)
    kept = chunk.records["row"].to_pylist()
    assert kept == ([0, 1, 2, 3, 4] if accepted_names == "any" else [0])
    assert chunk.skipped.get("license", 0) == 5 - len(kept)
    assert chunk.skipped["redirect"] == 1
    assert [accepts(accepted_names, name) for name in names] == [n in kept for n in range(5)]
