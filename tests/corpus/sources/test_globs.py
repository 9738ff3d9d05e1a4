"""Globs over names and over files say the same."""

import os
from pathlib import Path

import pytest

from corpus.sources.globs import chosen, matching

NAMES = ["a.txt", "b.TXT", "sub/a.txt", "sub/c.jsonl", "sub/deep/a.txt", "sub/deep/er/d", "subs/a.txt", "가/나.txt"]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.txt", ["a.txt"]),
        ("*.TXT", ["b.TXT"]),
        ("?.txt", ["a.txt"]),
        ("[ab].txt", ["a.txt"]),
        ("[!a]*", ["b.TXT"]),
        ("*/*.txt", ["sub/a.txt", "subs/a.txt", "가/나.txt"]),
        ("sub/*", ["sub/a.txt", "sub/c.jsonl"]),
        ("sub/*/*", ["sub/deep/a.txt"]),
        ("sub*/a.txt", ["sub/a.txt", "subs/a.txt"]),
        ("**/a.txt", ["a.txt", "sub/a.txt", "sub/deep/a.txt", "subs/a.txt"]),
        ("sub/**/a.txt", ["sub/a.txt", "sub/deep/a.txt"]),
        ("**/deep/*", ["sub/deep/a.txt"]),
        ("**/deep/**", ["sub/deep/a.txt", "sub/deep/er/d"]),
        ("**/er/d", ["sub/deep/er/d"]),
        ("**", NAMES),
        ("sub/**", ["sub/a.txt", "sub/c.jsonl", "sub/deep/a.txt", "sub/deep/er/d"]),
        ("a.txt", ["a.txt"]),
        ("A.txt", []),
        ("sub", []),
        ("sub/a.txt/x", []),
        ("가/?.txt", ["가/나.txt"]),
    ],
)
def test_names_and_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pattern: str, found: list[str]) -> None:
    assert chosen(NAMES[::-1], pattern) == found
    for name in NAMES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    monkeypatch.chdir(tmp_path)
    for asked in (pattern, str(tmp_path / pattern)):
        files = [os.path.relpath(path, tmp_path) for path in matching(asked) if Path(path).is_file()]
        assert files == found


def test_hidden_files_are_matched_only_by_a_dot(tmp_path: Path) -> None:
    for name in (".a.txt", ".b/c.txt", "d.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    found = {
        pattern: [os.path.relpath(path, tmp_path) for path in matching(str(tmp_path / pattern)) if Path(path).is_file()]
        for pattern in ("*.txt", ".*.txt", "*/c.txt", ".*/c.txt", "**/c.txt", "**/d.txt", ".a.txt")
    }
    assert found == {
        "*.txt": ["d.txt"],
        ".*.txt": [".a.txt"],
        "*/c.txt": [],
        ".*/c.txt": [".b/c.txt"],
        "**/c.txt": [],
        "**/d.txt": ["d.txt"],
        ".a.txt": [".a.txt"],
    }
