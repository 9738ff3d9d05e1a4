"""Recipes are checked key by key, and mistakes are told in words."""

from pathlib import Path

import pytest

from corpus.errors import UserError
from corpus.recipe import load_recipe

BUNDLED = Path(__file__).resolve().parents[2] / "pipelines" / "recipes"


@pytest.mark.parametrize("path", sorted(BUNDLED.glob("*.toml")), ids=lambda p: p.stem)
def test_bundled_recipes_load(path: Path) -> None:
    assert load_recipe(path.stem, BUNDLED).name == path.stem


def _load(folder: Path, text: str):
    path = folder / "r.toml"
    path.write_text(text)
    return load_recipe(str(path), BUNDLED)


SOURCE = '[[sources]]\nname = "klue"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (SOURCE, ["'name' is missing"]),
        ('name = "x"', ["'sources' is missing"]),
        ('name = "x"\nsize = 3\n' + SOURCE, ["unknown key 'size'", "accepted: ", "validation"]),
        ('name = "x"\n' + SOURCE + "[normalize]\nfrobnicate = 1\n", ["unknown key 'normalize.frobnicate'"]),
        ('name = "x"\nvalidation = "much"\n' + SOURCE, ["'validation'", "'much'"]),
        ('name = "x"\n' + SOURCE + "priority = -1\n", ["sources.0.priority", "-1"]),
        ('name = "x"\n' + SOURCE + SOURCE, ["two sources are named 'klue'"]),
        ('name = "x"\n' + SOURCE + 'profile = "best"\n', ["sources.0.profile", "'reference'"]),
    ],
)
def test_a_mistake_names_the_key_and_what_is_accepted(tmp_path: Path, text: str, words: list[str]) -> None:
    with pytest.raises(UserError) as error:
        _load(tmp_path, text)
    message = str(error.value)
    assert "r.toml" in message
    assert "\n" not in message
    for word in words:
        assert word in message


def test_several_mistakes_are_told_together(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"'validation'.*'size'"):
        _load(tmp_path, 'name = "x"\nsize = 3\nvalidation = 9\n' + SOURCE)


def test_source_keys_go_to_the_source(tmp_path: Path) -> None:
    recipe = _load(tmp_path, 'name = "x"\n' + SOURCE + 'priority = 3\nconfigs = ["nli"]\n')
    assert recipe.sources[0].settings == {"configs": ["nli"]}
    assert recipe.priorities() == {"klue": 3}
