"""Where tokenizers are: the files of one, its name, and the peers of a folder and of installed packages by name.

Nothing is opened here (tokenizer/analysis/subject.py does it) and no kernel is loaded: what is missing is reported at
once.
"""

from pathlib import Path

from corpus.errors import UserError
from tokenizer.analysis.packaged import PACKAGED, locate
from tokenizer.directory import TOKENIZER


def files_of(path: Path) -> list[Path]:
    """The file of a tokenizer, or the two of GPT-2's. Raises UserError when there is none."""
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise UserError(f"{path}: no such file or folder. Give a tokenizer's file, or the folder that contains it.")
    models = sorted([*path.glob("*.model"), *path.glob("*.tiktoken")])
    for files in ([path / TOKENIZER], [path / "vocab.json", path / "merges.txt"], models):
        if files and all(file.is_file() for file in files) and (files is not models or len(models) == 1):
            return files
    raise UserError(
        f"{path}: no tokenizer in this folder; looked for {TOKENIZER}, vocab.json with merges.txt, or one .model or"
        f" .tiktoken file (found {len(models)})."
    )


def name_of(path: Path) -> str:
    """The display name of a tokenizer: the folder's name, or the file's where that is more specific."""
    path = path.resolve()
    named = path.is_dir() or path.stem not in ("tokenizer", "tok", "vocab")
    return path.stem if named and path.is_file() else path.name if named else path.parent.name


def folder_peers(directory: Path) -> dict[str, Path]:
    """Every tokenizer under a folder by name: a folder's path in it joined by "-", or a file's stem."""
    if not directory.is_dir():
        raise UserError(f"--peers-dir {directory}: no such folder.")
    found: dict[str, Path] = {}
    for path in sorted(directory.rglob("*")):
        if path.name == TOKENIZER or (path.name == "vocab.json" and (path.parent / "merges.txt").is_file()):
            found.setdefault(_joined(path.parent, directory), path.parent)
        elif path.suffix == ".tiktoken":
            found.setdefault(path.stem.removesuffix("_base"), path)
        elif path.suffix == ".model" and not (path.parent / TOKENIZER).exists():
            found.setdefault(_joined(path.parent, directory) if path.name == "tok.model" else path.stem, path)
    return found


def seek_peers(names: list[str] | None, peers_dir: Path | None = None) -> tuple[dict[str, Path], list[dict[str, str]]]:
    """The paths of the peers of these names (or paths) by name, and the missing ones as {"name", "reason"}. Nothing is
    opened.

    A name is looked for in `peers_dir`, then in the installed packages (PACKAGED). `names` None: all of `peers_dir`;
    ["all"]: all of both.
    """
    files = folder_peers(peers_dir) if peers_dir else {}
    if names is None:
        names = list(files)
    elif names == ["all"]:
        names = [*files, *(name for name in PACKAGED if name not in files)]
    found: dict[str, Path] = {}
    missing: list[dict[str, str]] = []
    for name in dict.fromkeys(names):
        path = files.get(name) or (Path(name) if Path(name).exists() else locate(name))
        if isinstance(path, Path):
            found[name if name in files or name in PACKAGED else name_of(path)] = path
        else:
            missing.append({"name": name, "reason": path})
    return found, missing


def _joined(folder: Path, directory: Path) -> str:
    return "-".join(folder.relative_to(directory).parts) or folder.name
