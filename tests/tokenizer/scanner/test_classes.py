"""Classes of characters: the list in the repository, this Python's database, and what the installed engine does."""

import itertools
import unicodedata

import numpy as np
import pytest

from tokenizer.scanner import classes
from tokenizer.scanner.classes import HANGUL, JAMO, LETTER, MARK, NUMBER, OTHER, SPACE, VERSIONS, table_of

POINTS = np.array([c for c in range(0x80, 0x110000) if not 0xD800 <= c < 0xE000])


@pytest.mark.slow
def test_the_installed_engine_agrees_on_every_character():
    known = table_of(classes.engine_version())[POINTS]
    letters = np.isin(known, (LETTER, HANGUL, JAMO))
    wanted = np.where(letters, LETTER, np.where(known == NUMBER, NUMBER, OTHER))
    different = POINTS[wanted != classes.ask(POINTS)]
    assert [f"{c:04X}" for c in different[:5]] == []


def test_the_list_holds_what_this_python_knows():
    version = unicodedata.unidata_version.rsplit(".", 1)[0]
    if version not in VERSIONS:
        pytest.skip(f"Unicode {version} is not in the list")
    table = table_of(version)
    kinds = {LETTER: "L", HANGUL: "L", JAMO: "L", NUMBER: "N", MARK: "M"}
    for c in POINTS.tolist():
        category = unicodedata.category(chr(c))[0]
        assert kinds.get(int(table[c]), "") == (category if category in "LNM" else ""), f"{c:04X}"
        assert (table[c] == SPACE) == (chr(c).isspace() and c not in range(0x1C, 0x20)), f"{c:04X}"


def test_versions_only_grow():
    for before, after in itertools.pairwise(VERSIONS):
        old, new = table_of(before), table_of(after)
        assert (old != new).any()
        assert (old[old != new] == OTHER).all()


@pytest.fixture
def own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    classes.engine_version.cache_clear()
    yield tmp_path
    classes.engine_version.cache_clear()


def test_the_answer_is_kept_and_a_damaged_file_is_asked_again(own_cache):
    version = classes.engine_version()
    (file,) = own_cache.iterdir()
    good = file.read_text()
    for damaged in ("", "[]", '{"unicode": "99.0", "differences": 0}'):
        file.write_text(damaged)
        classes.engine_version.cache_clear()
        assert classes.engine_version() == version
        assert file.read_text() == good


def test_the_answer_is_that_of_one_release(own_cache, monkeypatch):
    version = classes.engine_version()
    for file in own_cache.iterdir():
        file.write_text('{"unicode": "14.0", "differences": 0}')
    classes.engine_version.cache_clear()
    assert classes.engine_version() == "14.0"
    classes.engine_version.cache_clear()
    monkeypatch.setattr(classes.metadata, "version", lambda name: {"tokenizers": "999.1"}[name])
    assert classes.engine_version() == version != "14.0"
    assert len(list(own_cache.iterdir())) == 2


def test_an_engine_that_differs_is_reported(own_cache, monkeypatch):
    honest = classes.ask

    def strange(points):
        found = honest(points)
        found[points == 0xB5] = OTHER
        return found

    monkeypatch.setattr(classes, "ask", strange)
    with pytest.warns(UserWarning, match="classifies 1 of the tested characters differently from Unicode"):
        classes.engine_version()
