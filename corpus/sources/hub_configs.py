"""Which files of a dataset's repository are a split of one of its configurations, as `datasets.load_dataset` has it.

The dataset's card (README.md) may list configurations with their files. Where it does not, names tell: first
`data/SPLIT-00000-of-00001.parquet`, else a folder, else a file whose name has train, validation (valid, dev, val) or
test (eval) as a word, else all files are train. See https://huggingface.co/docs/hub/datasets-data-files-configuration.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from corpus.errors import UserError, first_line
from corpus.readers import format_of
from corpus.sources.globs import chosen

CARD = "README.md"
SHARDED = re.compile(r"data/(\w+(?:\.\w+)*)-[0-9]{5}-of-[0-9]{5}[^/]*\.[^/]*")
WORDS = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "dev", "val"),
    "test": ("test", "testing", "eval", "evaluation"),
}
IS_SPLIT = {
    split: re.compile(rf"(?:^|[-._ 0-9])(?:{'|'.join(words)})(?:[-._ 0-9]|$)") for split, words in WORDS.items()
}
# What is no data though its name ends like data.
DESCRIPTIONS = ("config.json", "dataset_info.json", "dataset_infos.json", "dataset_dict.json")


def files_of(names: Sequence[str], card: str, config: str | None, split: str, where: str) -> list[str]:
    """The files among `names` (all of a repository) that are `split` of the configuration, in order.

    `card` is the text of README.md, "" if there is none; without `config` it is the card's default, or the only one.
    `where` begins the message of the UserError for a configuration or split that is not there.
    """
    configs = _configs(card, where)
    settings: Mapping[str, Any] = {}
    if config is None and configs:
        config = _default(configs, where)
    if config is not None:
        if config not in configs and not (config == "default" and not configs):
            told = f"it has {', '.join(configs)}" if configs else f"{CARD} names none; name the files with `glob`"
            raise UserError(f"{where}: config = {config!r} is not a configuration of this dataset; {told}.")
        settings = configs.get(config, {})
    folder = str(settings.get("data_dir") or "").strip("/")
    inside = [name for name in names if not folder or name.startswith(f"{folder}/")]
    listed = settings.get("data_files")
    try:
        splits = _listed(listed, names, folder) if listed else _by_name(inside, folder)
    except (KeyError, TypeError, AttributeError) as error:
        raise UserError(
            f"{where}: {CARD} lists data_files of config {config!r} that are neither globs nor pairs of split and path."
            " Name the files with `glob`."
        ) from error
    splits = {name: files for name, files in splits.items() if files}
    if split not in splits:
        raise UserError(
            f"{where}: split = {split!r} is not a split of this dataset; it has {', '.join(splits) or 'no data files'}."
        )
    return splits[split]


def _configs(card: str, where: str) -> dict[str, Mapping[str, Any]]:
    """The configurations that a card lists, by name; UserError for a list that is none."""
    if not card.startswith("---"):
        return {}
    from huggingface_hub import DatasetCard

    try:
        listed = DatasetCard(card, ignore_metadata_errors=True).data.to_dict().get("configs") or []
        return {str(each["config_name"]): each for each in listed}
    except Exception as error:  # whatever YAML and the card's own checks raise
        raise UserError(
            f"{where}: {CARD} cannot be read ({type(error).__name__}: {first_line(error)}). Name the files with `glob`."
        ) from error


def _default(configs: Mapping[str, Mapping[str, Any]], where: str) -> str:
    named = [name for name, each in configs.items() if len(configs) == 1 or name == "default" or each.get("default")]
    if not named:
        raise UserError(f"{where}: the dataset has several configurations; set config to one of {', '.join(configs)}.")
    return named[0]


def _listed(files: Any, names: Sequence[str], folder: str) -> dict[str, list[str]]:
    """Split → files of `data_files`: a glob, a list of globs, or a list of {split, path}."""
    splits: dict[str, list[str]] = {}
    for each in [files] if isinstance(files, str | Mapping) else files:
        split, paths = (each["split"], each["path"]) if isinstance(each, Mapping) else ("train", each)
        for path in [paths] if isinstance(paths, str) else paths:
            path = path.removeprefix("./")
            found = chosen(names, f"{folder}/{path}" if folder else path)
            splits[split] = list(dict.fromkeys([*splits.get(split, []), *found]))
    return splits


def _by_name(names: Sequence[str], folder: str) -> dict[str, list[str]]:
    """Split → files, by the names of files and folders below `folder`."""
    below = {name: PurePosixPath(name[len(folder) :].strip("/")) for name in sorted(names)}
    data = {name: path for name, path in below.items() if _is_data(path)}
    sharded: dict[str, list[str]] = {}
    for name, path in data.items():
        if found := SHARDED.fullmatch(str(path)):
            sharded.setdefault(found[1], []).append(name)
    if sharded:
        return sharded
    for parts in (lambda path: path.parts[:-1], lambda path: path.parts[-1:]):
        splits = {
            split: [name for name, path in data.items() if any(map(pattern.search, parts(path)))]
            for split, pattern in IS_SPLIT.items()
        }
        if any(splits.values()):
            return splits
    return {"train": list(data)}


def _is_data(path: PurePosixPath) -> bool:
    if path.name in DESCRIPTIONS or any(part.startswith((".", "__")) for part in path.parts):
        return False
    try:
        format_of(str(path))
    except UserError:
        return False
    return True
