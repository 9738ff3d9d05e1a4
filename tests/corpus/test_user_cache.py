"""The folder of the user for what can be made again."""

from pathlib import Path

import pytest

from corpus import user_cache


@pytest.mark.parametrize(("given", "found"), [("/var/cache", "/var/cache/hanji"), ("", "/home/me/.cache/hanji")])
def test_an_empty_variable_is_as_an_unset_one(monkeypatch: pytest.MonkeyPatch, given: str, found: str) -> None:
    """It made the folder `hanji` where the command was started."""
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("XDG_CACHE_HOME", given)
    assert user_cache() == Path(found)
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert user_cache() == Path("/home/me/.cache/hanji")
