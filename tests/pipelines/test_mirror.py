"""`mirror` fetches what a recipe needs; `build_corpus --mirror` then works from the tree alone."""

import gzip
import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.corpus.download.misbehaving_server import HALF, Server, answers
from tests.helpers.commands import Done, called

FILE = "/huggingface.co/datasets/klue/klue/nli/train-00000-of-00001.parquet"


def command(name: str, *arguments: str | Path) -> Done:
    return called(name, *arguments, unset=("HANJI_MIRROR",))


def test_fetch_then_build_offline(tmp_path: Path) -> None:
    recipe = tmp_path / "tiny.toml"
    recipe.write_text('name = "tiny"\nvalidation = 0.0\n[[sources]]\nname = "klue"\nconfigs = ["nli"]\n')
    sentences = [f"{n}번째 문장은 서로 다른 이야기를 {n * 7}가지나 담고 있다." for n in range(40)]
    sink = io.BytesIO()
    pq.write_table(pa.table({"premise": sentences, "hypothesis": sentences[::-1]}), sink)
    server = Server()
    try:
        server.put(FILE, sink.getvalue())

        server.faults[FILE] = answers(HALF)
        tree = tmp_path / "tree"
        fetched = command("mirror", "--recipe", recipe, "--mirror", server.url, "--out", tree)
        assert fetched.returncode == 0, fetched.stderr
        assert (tree / FILE.lstrip("/")).read_bytes() == sink.getvalue()
        again = command("mirror", "--recipe", recipe, "--mirror", server.url, "--out", tree)
        assert again.returncode == 0
        assert server.gets[FILE] == 2
    finally:
        server.close()
    built = command(
        "build_corpus", "--recipe", recipe, "--mirror", tree, "--out", tmp_path / "corpus", "--workers", "1"
    )
    assert built.returncode == 0, built.stderr
    assert "40" in built.stderr


def test_what_is_read_beside_a_file_is_fetched_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """RedPajama-V2 reads signals and a list of duplicates along with each file of documents."""
    from pipelines.mirror import main

    root = "/data.together.xyz/redpajama-data-v2/v1.0.0"
    key = "2023-14/0000/en_head"
    files = {
        f"{root}/listings/en-2023-14-head_middle.txt": f"{key}\n".encode(),
        f"{root}/documents/{key}.json.gz": gzip.compress(b'{"raw_content": "text"}\n'),
        f"{root}/quality_signals/{key}.signals.json.gz": gzip.compress(b'{"quality_signals": {}}\n'),
    }
    recipe = tmp_path / "tiny.toml"
    recipe.write_text('name = "tiny"\n[[sources]]\nname = "redpajama-v2"\nsignals = { words = [1, 9] }\n')
    monkeypatch.delenv("HANJI_MIRROR", raising=False)
    server = Server()
    try:
        for path, body in files.items():
            server.put(path, body)
        main(recipe=str(recipe), out=tmp_path / "tree", mirror=server.url)
    finally:
        server.close()
    assert {path: (tmp_path / "tree" / path.lstrip("/")).read_bytes() for path in files} == files


def test_evaluation_sets_are_fetched_too_and_missed_before_anything_is_read(tmp_path: Path) -> None:
    """A machine without a network finds all that the recipe needs in the tree, and misses nothing after hours."""
    sentences = [f"{n}번째 문장은 서로 다른 이야기를 {n * 7}가지나 담고 있다." for n in range(40)]
    sink = io.BytesIO()
    pq.write_table(pa.table({"premise": sentences}), sink)
    test = "/upstream.example/quiz/test.jsonl"
    recipe = tmp_path / "tiny.toml"
    recipe.write_text(
        'name = "tiny"\nvalidation = 0.0\n[[sources]]\nname = "klue"\nconfigs = ["nli"]\n'
        f'[[contamination.sets]]\ntask = "quiz"\nfiles = ["https:/{test}"]\nfields = ["q"]\n'
    )
    server = Server()
    try:
        server.put(FILE, sink.getvalue())
        server.put(test, json.dumps({"q": sentences[3] * 3}, ensure_ascii=False).encode() + b"\n")
        fetched = command("mirror", "--recipe", recipe, "--mirror", server.url, "--out", tmp_path / "tree")
    finally:
        server.close()
    assert fetched.returncode == 0, fetched.stderr
    (tmp_path / "tree" / test.lstrip("/")).rename(tmp_path / "aside")
    build = ("build_corpus", "--recipe", recipe, "--mirror", tmp_path / "tree", "--out", tmp_path / "out")
    missed = command(*build)
    assert missed.returncode == 2
    assert "quiz/test.jsonl: not in the mirror" in missed.stderr
    assert not list((tmp_path / "out").glob(".work/read/*"))
    (tmp_path / "aside").rename(tmp_path / "tree" / test.lstrip("/"))
    from corpus.contamination.find import prepare_index
    from corpus.download.locator import Locator
    from corpus.recipe import load_recipe

    settings = load_recipe(str(recipe), tmp_path).contamination
    assert prepare_index(settings, Locator(str(tmp_path / "tree"), tmp_path / "cache"), tmp_path / "index")


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    server = Server()
    try:
        recipe = tmp_path / "tiny.toml"
        recipe.write_text('name = "tiny"\n[[sources]]\nname = "klue"\nconfigs = ["nli"]\n')
        result = command("mirror", "--recipe", recipe, "--mirror", server.url, "--out", tmp_path / "tree")
    finally:
        server.close()
    assert result.returncode == 2
    assert FILE in result.stderr
    assert "404" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(("gigabytes", "enough"), [(1e-6, True), (1e-7, False)])
def test_the_bound_of_the_disk_is_in_gigabytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gigabytes: float, enough: bool
) -> None:
    """A file of some hundred bytes comes within a thousand, and not within a hundred."""
    from corpus.errors import UserError
    from pipelines.mirror import main

    sink = io.BytesIO()
    pq.write_table(pa.table({"premise": ["a"]}), sink)
    assert 100 < len(sink.getvalue()) < 1000
    recipe = tmp_path / "tiny.toml"
    recipe.write_text('name = "tiny"\n[[sources]]\nname = "klue"\nconfigs = ["nli"]\n')
    monkeypatch.delenv("HANJI_MIRROR", raising=False)
    server = Server()
    try:
        server.put(FILE, sink.getvalue())
        if enough:
            main(recipe=str(recipe), out=tmp_path / "tree", mirror=server.url, max_disk=gigabytes)
        else:
            with pytest.raises(UserError, match=r"more than the 100 bytes"):
                main(recipe=str(recipe), out=tmp_path / "tree", mirror=server.url, max_disk=gigabytes)
    finally:
        server.close()
    assert (tmp_path / "tree" / FILE.lstrip("/")).is_file() == enough


def test_files_on_this_machine_are_not_fetched_and_a_file_of_two_addresses_counts_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, size in (("one", 5), ("two", 7)):
        (tmp_path / name).write_bytes(b"x" * size)
    given: list[str] = []

    def fetch_all(urls: list[str], _: Any) -> dict[str, Path]:
        given.extend(urls)
        return dict(zip(urls, [tmp_path / "one", tmp_path / "one", tmp_path / "two"], strict=True))

    parts = [(None, SimpleNamespace(urls=["http://a/1", str(tmp_path / "own")])),
             (None, SimpleNamespace(urls=["http://b/1", "http://a/2"]))]  # fmt: skip
    monkeypatch.setattr("corpus.build.list_parts", lambda *_: parts)
    monkeypatch.setattr("corpus.download.locator.Locator", lambda *_: SimpleNamespace(fetch_all=fetch_all))
    from pipelines.mirror import main

    recipe = tmp_path / "r.toml"
    recipe.write_text('name = "r"\n[[sources]]\nname = "klue"\n')
    assert main(str(recipe), tmp_path) == {"out": str(tmp_path), "files": 3, "bytes": 12}
    assert given == ["http://a/1", "http://b/1", "http://a/2"]
