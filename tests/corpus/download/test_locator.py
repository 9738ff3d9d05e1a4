"""Where a file is: in a mirror, in the cache, or which address of which host it has."""

from pathlib import Path
from typing import Any

import httpx
import huggingface_hub
import pytest

from corpus.download import hub as hub_files
from corpus.download.locator import Locator, local_path, tree_path
from corpus.errors import UserError, unreachable

HUB = "hf://datasets/org/name/a b.parquet"
AT = "hf://datasets/org/name@abc/a b.parquet"


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://a.kr/b/c.gz", "a.kr/b/c.gz"),
        ("http://A.kr:8080//b", "a.kr/b"),
        ("https://a.kr/b%20c?x=1#y", "a.kr/b c"),
        ("https://a.kr", "a.kr"),
        (HUB, "huggingface.co/datasets/org/name/a b.parquet"),
        (AT, "huggingface.co/datasets/org/name@abc/a b.parquet"),
        ("ftp://a.kr/b", None),
        ("https:///b", None),
        ("a/b", None),
        ("https://a.kr/../b", None),
        ("https://a.kr/%2e%2e/b", None),
        ("https://a.kr/a%00b", None),
        ("https://a.kr/a%1fb", None),
        ("https://a.kr/a%20%7eb", "a.kr/a ~b"),
        ("hf://models/org/name/x", None),
        ("hf://datasets/org", None),
        ("https://[a", None),
    ],
)
def test_places_in_a_tree(url: str, path: str | None) -> None:
    if path is None:
        with pytest.raises(UserError):
            tree_path(url)
    else:
        assert str(tree_path(url)) == path


def test_local_paths() -> None:
    assert local_path("/a/b") == Path("/a/b")
    assert local_path("https://a.kr/b") is None
    assert local_path("package:corpus/recipes/x") == Path(hub_files.__file__).parents[1] / "recipes/x"
    with pytest.raises(UserError, match="no package 'nosuch'"):
        local_path("package:nosuch/x")


def test_addresses_hosts_and_logins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token goes to the hub alone."""
    monkeypatch.setattr(huggingface_hub, "get_token", lambda: "secret")
    upstream, other = Locator(None, tmp_path), Locator(None, tmp_path, hub="http://127.0.0.1:9")
    mirror = Locator("https://m.kr/tree//", tmp_path)
    token = {"Authorization": "Bearer secret"}
    told = [
        (place._address(url), place._host(url), place._login(url))
        for place in (upstream, other, mirror)
        for url in ("https://a.kr/b%20c", HUB)
    ]
    resolved = "datasets/org/name/resolve/main/a%20b.parquet"
    assert told == [
        ("https://a.kr/b%20c", "a.kr", {}),
        (f"https://huggingface.co/{resolved}", "huggingface.co", token),
        ("https://a.kr/b%20c", "a.kr", {}),
        (f"http://127.0.0.1:9/{resolved}", "127.0.0.1", token),
        ("https://m.kr/tree/a.kr/b%20c", "m.kr", {}),
        ("https://m.kr/tree/huggingface.co/datasets/org/name/a%20b.parquet", "m.kr", {}),
    ]
    monkeypatch.setattr(huggingface_hub, "get_token", lambda: None)
    assert upstream._login(HUB) == {}


@pytest.mark.parametrize("kept", [[], ["@abc"], [""], ["@abc", ""]])
def test_a_mirror_has_the_revision_or_one_without(tmp_path: Path, kept: list[str]) -> None:
    for revision in kept:
        folder = tmp_path / f"huggingface.co/datasets/org/name{revision}"
        folder.mkdir(parents=True)
        (folder / "a b.parquet").write_text(revision)
        (folder / f"only{revision}").mkdir()
        (folder / f"file{revision}").write_text("")
    locator, root = Locator(tmp_path, tmp_path / "cache"), tmp_path / "huggingface.co/datasets/org"
    wanted = "name@abc" if "@abc" in kept else "name"
    assert locator.path(AT) == root / wanted / "a b.parquet"
    assert locator.path(HUB) == root / "name/a b.parquet"
    assert Locator(None, tmp_path).path(AT) == root / "name@abc/a b.parquet"
    assert locator.newest_revision("org/name") is None
    assert locator.exists(AT) == bool(kept)
    assert locator.size(AT) == (None if not kept else len(wanted) - 4)
    if kept:
        assert sorted(locator.hub_files("org/name", "abc")) == ["a b.parquet", wanted.replace("name", "file")]
    else:
        with pytest.raises(UserError, match="not in the mirror"):
            locator.hub_files("org/name", "abc")


def test_a_hub_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import HfApi

    def failing(*_: Any, **__: Any) -> None:
        raise httpx.ConnectError("[Errno -3] Temporary failure in name resolution")

    monkeypatch.setattr(HfApi, "dataset_info", failing)
    monkeypatch.setattr(HfApi, "list_repo_files", failing)
    for ask in (lambda: hub_files.newest_revision("a/b", None), lambda: hub_files.list_files("a/b", "c0ffee", None)):
        with pytest.raises(httpx.ConnectError) as error:
            ask()
        told = unreachable(error.value) or ""
        assert "huggingface.co cannot be reached" in told
        assert "/datasets/a/b/" in told


def test_a_mirror_by_url_lists_nothing_and_has_no_commits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(hub_files, "newest_revision", lambda *given: asked.append(given) or "abc")
    monkeypatch.setattr(hub_files, "list_files", lambda *given: asked.append(given) or ["x"])
    mirror = Locator("http://m.kr", tmp_path)
    assert mirror.newest_revision("org/name") is None
    with pytest.raises(UserError, match="cannot list"):
        mirror.hub_files("org/name", "abc")
    assert asked == []
    upstream = Locator(None, tmp_path, hub="http://h.kr")
    assert upstream.newest_revision("org/name") == "abc"
    assert upstream.hub_files("org/name", "abc") == ["x"]
    assert asked == [("org/name", "http://h.kr"), ("org/name", "abc", "http://h.kr")]


def test_absent_files_are_named_before_anything_is_requested(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Locator, "_download", lambda self, urls, observer: pytest.fail("requested"))
    (tmp_path / "here").write_text("x")
    folder = Locator(tmp_path, tmp_path / "cache")
    with pytest.raises(UserError, match="not in the mirror"):
        folder.fetch_all([str(tmp_path / "here"), "https://a.kr/b"])
    for locator in (folder, Locator(None, tmp_path), Locator("http://m.kr", tmp_path)):
        with pytest.raises(UserError, match="no such file"):
            locator.fetch("/no/such")
        assert locator.fetch(str(tmp_path / "here")) == tmp_path / "here"
        assert (locator.size("/no/such"), locator.exists("/no/such")) == (None, False)
    (tmp_path / "a.kr").mkdir()
    (tmp_path / "a.kr/b").write_text("four")
    for locator in (folder, Locator(None, tmp_path), Locator("http://m.kr", tmp_path)):
        assert locator.fetch("https://a.kr/b") == tmp_path / "a.kr/b"
        assert locator.size("https://a.kr/b") == 4
