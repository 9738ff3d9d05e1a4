"""Damaged and strange inputs: one file of each kind that a command reads is spoilt before its first run."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tests.faults.child import small_files

if TYPE_CHECKING:
    from tests.faults.campaign import Campaign

# What each command reads, below the folder of the inputs.
READ = {
    "build_corpus": ("texts",),
    "dedup": ("texts",),
    "train_tokenizer": ("corpus",),
    "pack": ("corpus", "tokenizer"),
    "report_tokenizer": ("corpus", "tokenizer"),
    "pretrain": ("packed",),
    "export": ("run",),
    "evaluate": ("model", "corpus"),
}
WAYS = ("flip", "cut", "empty", "missing", "folder", "nowhere", "loop", "pipe", "device", "deep", "rubbish behind")
MOST = 64 << 20  # bytes of one file: what is copied from a device must not fill the disk


def damaged_inputs(campaign: "Campaign") -> Iterator[tuple[str, str]]:
    """A sentence, or what the sound inputs give; of the user's own texts also what is left of them. The inputs are not
    touched, and once they are sound again the command completes."""
    for path, way in campaign.sample([(path, way) for path in _kinds(campaign) for way in WAYS]):
        folder = campaign.inputs.root / path.relative_to(campaign.inputs.root).parts[0]
        kept = campaign.root / "sound"
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(folder, kept, copy_function=shutil.copy2)
        campaign.clean()
        try:
            spoil(path, way)
            before = _state(folder)
            ended = campaign.run(campaign.out, small_files(MOST))
            problem = "" if ended.how in ("done", "told") else str(ended)
            if _state(folder) != before:
                problem = problem or "the inputs were changed"
        finally:
            shutil.rmtree(folder)
            shutil.copytree(kept, folder, copy_function=shutil.copy2)
        if ended.how == "done":
            own = folder == campaign.inputs.texts
            problem = problem or ("" if own else campaign.compare(campaign.out))
            campaign.clean()
        yield f"{path.relative_to(campaign.inputs.root)}: {way}", problem or campaign.completes()


def spoil(path: Path, way: str) -> None:
    """Damage a file, or put something else in its place."""
    sound = path.read_bytes()
    path.unlink()
    if way == "folder":
        path.mkdir()
    elif way in ("nowhere", "loop", "device"):
        path.symlink_to({"nowhere": "/nowhere", "loop": path.name, "device": "/dev/zero"}[way])
    elif way == "pipe":
        os.mkfifo(path)
    elif way != "missing":
        middle = len(sound) // 2
        changed = {
            "flip": sound[:middle] + bytes(byte ^ 1 for byte in sound[middle : middle + 1]) + sound[middle + 1 :],
            "cut": sound[:middle],
            "empty": b"",
            "deep": b'{"a":' * 100_000,
            "rubbish behind": sound + b"\0rubbish\xff" * 3,
        }
        path.write_bytes(changed[way])


def _kinds(campaign: "Campaign") -> list[Path]:
    found: dict[str, Path] = {}
    for name in READ[campaign.name]:
        for path in sorted((campaign.inputs.root / name).rglob("*")):
            inside = path.relative_to(campaign.inputs.root)
            if path.is_file() and path.name != ".hanji.lock" and ".work" not in inside.parts:
                kind = path.suffix if path.suffix in (".arrow", ".jsonl") else path.name
                found.setdefault("/".join((*inside.parts[:2], kind)), path)
    return list(found.values())


def _state(folder: Path) -> list[tuple[str, int, int, int]]:
    paths = sorted(path for path in folder.rglob("*") if path.name != ".hanji.lock")
    return [(str(p), p.lstat().st_mode, p.lstat().st_size, p.lstat().st_mtime_ns) for p in paths if not p.is_dir()]
