"""The file of a recipe, read before the settings models of its steps, which load the kernels for a second."""

import re
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
        if Path(name).exists() and name:
            kind = "a folder" if Path(name).is_dir() else "a file whose name does not end in .toml"
            raise UserError(
                f"recipe {name!r}: {kind}. A recipe is a .toml file; `hanji new recipe FOLDER` writes one for your"
                " files."
            )
        known = ", ".join(sorted(p.stem for p in bundled.glob("*.toml")))
        raise UserError(
            f"recipe {name!r}: no such file ({path}). Name one of the bundled recipes ({known}) or give the path of a"
            " .toml file."
        )
    try:
        text = path.read_text(encoding="utf-8-sig")  # Windows' editors write a mark in front
        return path, from_toml(text)
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise UserError(f"recipe {path}, line {line}: not UTF-8. Save the file as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise UserError(
            f"recipe {path}: not valid TOML: {error}. Correct the file at that place.{_hint(text, str(error))}"
        ) from error
    except OSError as error:
        raise UserError(
            f"recipe {path}: cannot be read: {error.strerror}. Check the file and its permissions."
        ) from error


def _hint(text: str, error: str) -> str:
    """What is likely to be wrong with the line that an error of the TOML reader names."""
    place = re.search(r"at line (\d+)", error)
    line = text.splitlines()[int(place[1]) - 1] if place else ""
    if "\\" in line:
        return " In \"…\" a backslash begins an escape: write a path with / or in '…'."
    if set(line) & set("“”‘’"):
        return " Its quotes are typographic ones: write \" or '."
    if re.match(r"\s*[\w-]+\s*:", line):
        return " It looks like YAML: TOML writes KEY = VALUE, texts in quotes."
    return ""


def accepted(text: str) -> Literal["any", "commercial"] | list[str]:
    """The licences given on a command line; raises UserError if there is none."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise UserError(f'--licenses {text!r}: expected "any", "commercial", or names such as "CC0-1.0,public domain"')
    if names == ["any"]:
        return "any"
    return "commercial" if names == ["commercial"] else names
