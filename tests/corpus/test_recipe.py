"""Recipes are checked key by key, and mistakes are told in words."""

from pathlib import Path

import pytest

from corpus.errors import UserError
from corpus.recipe import Recipe, accepted, load_recipe

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
        ('name = "x"\nsources = []', ["key 'sources': list should have at least 1 item after validation, not 0."]),
        ('name = "x"\nlanguages = {a = 1}\n' + SOURCE, ["key 'languages': expected a list such as"]),
        (
            'name = "x"\nlanguages = "ko"\n' + SOURCE,
            ["key 'languages': expected a list such as [\"ko\", \"en\"], found 'ko'"],
        ),
        (
            'name = "x"\nlanguages = ["korean"]\n' + SOURCE,
            ["'korean' is no code of a language; expected codes such as ko"],
        ),
        ('name = "x"\n[sources]\nname = "klue"\n', ["key 'sources': expected [[sources]] with two brackets"]),
        (
            'name = "x"\n' + SOURCE.replace("klue", "내 글"),
            ["sources.0.name': expected small Latin letters", "'내 글'"],
        ),
        ('name = "a/b"\n' + SOURCE, ["key 'name': expected letters, digits, spaces", "'a/b'"]),
        ('name = "x"\nfiles = "C:\\Users\\me"\n', ["at line 2", "a backslash begins an escape"]),
        *((f'name = "x"\nfiles = {quote}a"\n', ["at line 2", "typographic"]) for quote in "“”‘’"),
        ("name: x\n", ["at line 1", "looks like YAML"]),
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


def test_a_weight_is_a_number_that_can_be_multiplied(tmp_path: Path) -> None:
    for weight in ("inf", "nan", "0"):
        with pytest.raises(UserError, match=r"'sources.0.weight'"):
            _load(tmp_path, f'name = "x"\n{SOURCE}weight = {weight}\n')


def test_a_recipe_from_windows_is_read_or_its_encoding_is_named(tmp_path: Path) -> None:
    (tmp_path / "bom.toml").write_bytes(b'\xef\xbb\xbfname = "x"\n' + SOURCE.encode())
    assert load_recipe(str(tmp_path / "bom.toml"), BUNDLED).name == "x"
    (tmp_path / "cp949.toml").write_bytes(f'name = "x"\n# 뉴스\n{SOURCE}'.encode("cp949"))
    with pytest.raises(UserError, match=r"cp949.toml, line 2: not UTF-8. Save the file as UTF-8."):
        load_recipe(str(tmp_path / "cp949.toml"), BUNDLED)


def test_several_mistakes_are_told_together(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"'validation'.*'size'"):
        _load(tmp_path, 'name = "x"\nsize = 3\nvalidation = 9\n' + SOURCE)


def test_source_keys_go_to_the_source(tmp_path: Path) -> None:
    recipe = _load(tmp_path, 'name = "x"\n' + SOURCE + 'priority = 3\nconfigs = ["nli"]\n')
    assert recipe.sources[0].settings == {"configs": ["nli"]}
    assert recipe.priorities() == {"klue": 3}


@pytest.mark.parametrize(
    ("text", "licenses"),
    [
        ("any", "any"),
        (" commercial ", "commercial"),
        ("CC0-1.0, public domain,", ["CC0-1.0", "public domain"]),
        ("any,MIT", ["any", "MIT"]),
    ],
)
def test_licences_of_a_command_line(tmp_path: Path, text: str, licenses: str | list[str]) -> None:
    assert accepted(text) == licenses
    path = tmp_path / "r.toml"
    path.write_text('name = "x"\nlicenses = ["MIT"]\n' + SOURCE)
    assert load_recipe(str(path), BUNDLED).licenses == ["MIT"]
    assert load_recipe(str(path), BUNDLED, text).licenses == licenses
    with pytest.raises(UserError, match='expected "any", "commercial", or names'):
        accepted(" , ")


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        ("validation", [0, 0.5], [-0.01, 0.51]),
        ("shard_bytes", [1_000_000], [999_999]),
        ("name", ["a b.c+d-e", "한글"], ["", " a", "a/b"]),
        ("sources", [], [[]]),
    ],
)
def test_the_limits_of_a_recipe(key: str, good: list, bad: list) -> None:
    whole = {"name": "x", "sources": [{"name": "s"}]}
    for value in good:
        Recipe.model_validate(whole | {key: value})
    for value in bad:
        with pytest.raises(ValueError, match=key):
            Recipe.model_validate(whole | {key: value})


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        ("name", ["a", "0_a.b-c"], ["A", ".a", "a b", ""]),
        ("priority", [0], [-1]),
        ("validation", [0, 0.5, None], [0.6]),
        ("weight", [0.1], [0, -1]),
    ],
)
def test_the_limits_of_a_source(key: str, good: list, bad: list) -> None:
    for value in good:
        Recipe.model_validate({"name": "x", "sources": [{"name": "s"} | {key: value}]})
    for value in bad:
        with pytest.raises(ValueError, match=key):
            Recipe.model_validate({"name": "x", "sources": [{"name": "s"} | {key: value}]})


def test_the_defaults_of_a_recipe() -> None:
    recipe = Recipe.model_validate({"name": "x", "sources": [{"name": "s"}]})
    assert (recipe.languages, recipe.licenses, recipe.validation, recipe.shard_bytes) == (
        ["ko", "en"],
        "any",
        0.005,
        256_000_000,
    )
    assert (recipe.sources[0].priority, recipe.sources[0].weight, recipe.sources[0].validation) == (100, 1.0, None)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("[match]\ntreshold = 0.7\n", "unknown key 'match.treshold' (did you mean 'threshold'?); accepted: "),
        ("[quality.web.ko]\nmin_wrds = 3\n", "unknown key 'quality.web.ko.min_wrds' (did you mean 'min_words'?)"),
        ("[shingles.languages.ko]\nletter = 9\n", "(did you mean 'letters'?); accepted: letters, syllables"),
        ("[privacy.tags]\nmail = ''\n", "'privacy.tags.mail' (did you mean 'email'?)"),
    ],
)
def test_the_nearest_key_is_told_in_inner_tables(tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(UserError) as error:
        _load(tmp_path, 'name = "x"\n' + SOURCE + line)
    assert told in str(error.value)


def test_a_name_with_a_dot_is_a_bundled_recipe(tmp_path: Path) -> None:
    (tmp_path / "v1.2.toml").write_text('name = "v1.2"\n' + SOURCE)
    assert load_recipe("v1.2", tmp_path).name == "v1.2"


def test_a_recipe_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"recipe 'nome': no such file .*bundled recipes \(.*demo.*mini"):
        load_recipe("nome", BUNDLED)
    with pytest.raises(UserError, match="not valid TOML"):
        _load(tmp_path, "name = ")


@pytest.mark.parametrize(("name", "kind"), [("mine.yaml", "a file whose name does not end in .toml"), ("", "a folder")])
def test_a_recipe_that_is_there_and_none_is_named_as_what_it_is(tmp_path: Path, name: str, kind: str) -> None:
    (tmp_path / "mine.yaml").write_text("name: mine")
    with pytest.raises(UserError, match=f"{kind}. A recipe is a .toml file"):
        load_recipe(str(tmp_path / name), BUNDLED)
