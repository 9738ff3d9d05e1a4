"""The lines at the head of a card, read back as YAML."""

from typing import Any

import pytest
import yaml

from corpus.publishing.front_matter import license_of, listed, quoted


def _read(lines: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load("\n".join(lines))
    return found


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["CC0-1.0"], {"license": "cc0-1.0"}),
        (["CC-BY-SA-4.0"], {"license": "cc-by-sa-4.0"}),
        (["unknown"], {"license": "unknown"}),
        ([""], {"license": "unknown"}),
        (["", "unknown"], {"license": "unknown"}),
        ([], {"license": "unknown"}),
        (["public domain"], {"license": "other", "license_name": "public domain"}),
        (["mixed"], {"license": "other", "license_name": "mixed"}),
        (["CC0-1.0", "MIT"], {"license": "other", "license_name": "CC0-1.0, MIT"}),
        (["", 'a "b": c'], {"license": "other", "license_name": 'unknown, a "b": c'}),
    ],
)
def test_the_licence_is_one_that_the_hub_knows(names: list[str], expected: dict[str, str]) -> None:
    assert _read(license_of(names)) == expected


def test_every_value_stays_a_text() -> None:
    values = ["ko", "no", "NO", "on", "null", "2024", "1e3", "a: b", "- x", "a #b", "한지", "org/name-1.0", "위키 #1"]
    assert _read(listed("tags", values)) == {"tags": values}
    assert [quoted(value) for value in ("ko", "no", "2024", "org/name-1.0")] == ["ko", '"no"', '"2024"', "org/name-1.0"]
    assert listed("language", []) == []
