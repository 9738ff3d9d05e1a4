"""The file of a recipe, read before the settings models of its steps, which load the kernels for a second."""

import tomllib
from pathlib import Path
from typing import Any, Literal

from corpus.errors import UserError
from corpus.values import from_toml


def read_recipe(name: str, bundled: Path) -> tuple[Path, dict[str, Any]]:
    """The path and the keys of the recipe of that name in the folder `bundled`, or of the file at the path `name`.

    Raises UserError for a file that is missing, cannot be read or is not TOML.
    """
    path = Path(name) if name.endswith(".toml") else bundled / f"{name}.toml"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in bundled.glob("*.toml")))
        raise UserError(
            f"recipe {name!r}: no such file ({path}). Name one of the bundled recipes ({known}) or give the path of a"
            " .toml file."
        )
    try:
        return path, from_toml(path.read_text(encoding="utf-8-sig"))  # Windows' editors write a mark in front
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise UserError(f"recipe {path}, line {line}: not UTF-8. Save the file as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"recipe {path}: not valid TOML: {error}. Correct the file at that place.") from error
    except OSError as error:
        raise UserError(
            f"recipe {path}: cannot be read: {error.strerror}. Check the file and its permissions."
        ) from error


def accepted(text: str) -> Literal["any", "commercial"] | list[str]:
    """The licences given on a command line; raises UserError if there is none."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise UserError(f'licenses = {text!r}: expected "any", "commercial", or names such as "CC0-1.0,public domain"')
    if names == ["any"]:
        return "any"
    return "commercial" if names == ["commercial"] else names
