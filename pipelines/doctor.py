"""Look at this machine and installation, and say what to do about what is wrong."""

import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import typer
from rich.box import SIMPLE
from rich.table import Table
from rich.text import Text

from corpus.quantities import megabytes
from pipelines.compiling import cache_folder, compiled
from pipelines.console import Ended, run, shown

State = Literal["ok", "note", "bad"]
COLOURS = {"ok": "green", "note": "yellow", "bad": "bold red"}
OURS = ("corpus", "tokenizer", "model", "pipelines")
HUB = "https://huggingface.co"
DEMO_DISK, MEMORY_PER_WORKER = 2e9, 1.5e9  # bytes; a worker holds its kernels, a batch and the language model


class Check(NamedTuple):
    """One thing that was looked at."""

    name: str
    state: State
    found: str
    advice: str = ""


def main(
    mirror: Annotated[str | None, typer.Option(envvar="HANJI_MIRROR", help="tree of upstream files to look at")] = None,
    network: Annotated[bool, typer.Option(help="ask the Hugging Face hub for an answer")] = True,
) -> dict[str, Any]:
    """Check versions, cores, memory, disk, GPU, compiled kernels, mirror, hub, and packages that hide ours.

    Exits with 1 when something is wrong that keeps a command from working.
    """
    checks = [check for look in looks(mirror, network) for check in _safely(*look)]
    table = Table(box=SIMPLE, show_header=False, pad_edge=False)
    for check in checks:
        told = check.found if not check.advice else f"{check.found}\n→ {check.advice}"
        table.add_row(Text(check.state, COLOURS[check.state]), check.name, Text(told, overflow="fold"))
    out = shown()
    out.print(table)
    bad = [check.name for check in checks if check.state == "bad"]
    out.print(f"Not right: {', '.join(bad)}." if bad else "Nothing is wrong.")
    result = {"ok": not bad, "checks": [check._asdict() for check in checks]}
    if bad:
        raise Ended(1, result)
    return result


def looks(mirror: str | None, network: bool) -> list[tuple[str, Callable[[], Iterator[Check]]]]:
    """What is looked at, in order: (name, the checks)."""
    return [
        ("versions", versions),
        ("packages", lambda: shadows(metadata.packages_distributions())),
        ("machine", machine),
        ("disk", disk),
        ("GPU", gpu),
        ("kernels", kernels),
        ("mirror", lambda: mirror_tree(mirror)),
        ("hub", lambda: hub(network)),
    ]


def _safely(name: str, look: Callable[[], Iterator[Check]]) -> list[Check]:
    """The checks, or why they could not be made: one broken library does not hide what else is wrong."""
    try:
        return list(look())
    except Exception as error:  # whatever a damaged installation raises is what the user must see
        return [
            Check(name, "bad", f"{type(error).__name__}: {error}", "Install anew: pip install --force-reinstall -e .")
        ]


def versions() -> Iterator[Check]:
    """Python, Hanji, and each dependency that is missing or outside of the range that Hanji names."""
    from packaging.requirements import Requirement

    yield Check("Python", "ok", f"{platform.python_version()}, {sys.executable}")
    yield Check("Hanji", "ok", f"{metadata.version('hanji')}, {Path(__file__).resolve().parents[1]}")
    shown = []
    for text in metadata.requires("hanji") or []:
        wanted = Requirement(text)
        extra = wanted.marker is not None and not wanted.marker.evaluate({"extra": ""})
        try:
            found = metadata.version(wanted.name)
        except metadata.PackageNotFoundError:
            if not extra:
                yield Check(wanted.name, "bad", "not installed", f'pip install "{wanted.name}{wanted.specifier}"')
            continue
        if not wanted.specifier.contains(found, prereleases=True):
            state: State = "note" if extra else "bad"
            advice = f'pip install "{wanted.name}{wanted.specifier}"'
            yield Check(wanted.name, state, f"{found}; Hanji is tested with {wanted.specifier}", advice)
        elif not extra:
            shown.append(f"{wanted.name} {found}")
    yield Check("libraries", "ok", ", ".join(shown))
    missing = [name for name in ("lm-eval", "transformers") if not _installed(name)]
    if missing:
        yield Check(
            "evaluation",
            "note",
            f"{' and '.join(missing)} not installed",
            'pip install -e ".[eval]" for evaluate, export',
        )


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def shadows(owners: "dict[str, list[str]] | Any") -> Iterator[Check]:
    """Other distributions that install a package of our names, and modules of theirs in the folder of work.

    `owners`: top-level package → distributions that bring it, as importlib.metadata.packages_distributions gives it.
    """
    found = False
    for name in OURS:
        others = sorted(set(owners.get(name, [])) - {"hanji"})
        beside = [path for path in (Path.cwd() / name, Path.cwd() / f"{name}.py") if path.exists()]
        own = (Path(__file__).resolve().parents[1] / name).resolve()
        if others:
            found = True
            yield Check(name, "bad", f"also installed by {', '.join(others)}", f"pip uninstall {' '.join(others)}")
        for path in beside:
            if path.resolve() != own:
                found = True
                advice = "start Hanji from another folder: here Python imports this one"
                yield Check(
                    name,
                    "note" if path.is_dir() and not any(path.glob("*.py")) else "bad",
                    f"{path} has the name of a package of Hanji",
                    advice,
                )
    if not found:
        yield Check("packages", "ok", f"no other {', '.join(OURS)} hides ours")


def machine() -> Iterator[Check]:
    """Cores that this process may use, and memory that is free for so many workers."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    limit = _cgroup_cores()
    told = f"{cores} of {os.cpu_count()}" + (f", limited to {limit:g} by the container" if limit else "")
    few = limit is not None and limit < cores
    yield Check("cores", "note" if few else "ok", told, f"--workers {max(1, int(limit or 1))}" if few else "")
    free = _memory()
    if free is None:
        yield Check("memory", "note", "not known on this system")
        return
    workers = max(1, int(free / MEMORY_PER_WORKER))
    enough = workers >= cores
    yield Check(
        "memory", "ok" if enough else "note", f"{megabytes(free)} free", "" if enough else f"--workers {workers}"
    )


def _cgroup_cores() -> float | None:
    path = Path("/sys/fs/cgroup/cpu.max")
    if not path.is_file():
        return None
    quota, period = path.read_text().split()
    return None if quota == "max" else int(quota) / int(period)


def _memory() -> float | None:
    """Bytes that are free: what the kernel calls available, or less by the container's limit."""
    info = Path("/proc/meminfo")
    if not info.is_file():
        return None
    values = dict(line.split(":", 1) for line in info.read_text().splitlines())
    free = int(values["MemAvailable"].split()[0]) * 1024
    most, used = Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")
    if most.is_file() and used.is_file() and (limit := most.read_text().strip()) != "max":
        free = min(free, int(limit) - int(used.read_text()))
    return free


def disk() -> Iterator[Check]:
    """Free space where results, temporary files and compiled kernels go, and whether they can be written."""
    import tempfile

    cache = cache_folder()
    for name, path in (
        ("disk, here", Path.cwd()),
        ("disk, temporary", Path(tempfile.gettempdir())),
        ("disk, cache", cache),
    ):
        place = next(folder for folder in (path, *path.parents) if folder.exists())
        free = shutil.disk_usage(place).free
        if not os.access(place, os.W_OK):
            advice = (
                "set NUMBA_CACHE_DIR" if path == cache else "set TMPDIR" if "temp" in name else "give --out elsewhere"
            )
            yield Check(name, "bad", f"{path} cannot be written", advice)
        else:
            low = free < DEMO_DISK
            advice = "a corpus takes about ten times its compressed upstream files" if low else ""
            yield Check(name, "note" if low else "ok", f"{megabytes(free)} free, {path}", advice)


def gpu() -> Iterator[Check]:
    """The GPUs that torch sees."""
    import torch

    if not torch.cuda.is_available():
        built = torch.version.cuda
        why = (
            "torch was built without CUDA" if built is None else f"torch is built for CUDA {built} and finds no device"
        )
        has = Path("/dev/nvidia0").exists()
        advice = "install the CUDA build of torch (docs/training.md)" if has and built is None else ""
        yield Check("GPU", "note", f"none: {why}; models train on the CPU", advice)
        return
    for number in range(torch.cuda.device_count()):
        facts = torch.cuda.get_device_properties(number)
        yield Check("GPU", "ok", f"{facts.name}, {megabytes(facts.total_memory)}, CUDA {torch.version.cuda}")


def kernels() -> Iterator[Check]:
    """How many kernels are compiled, and how long each group took when `warm-up` did it."""
    import json

    from pipelines.warm_up import TIMES

    folder, count = cache_folder(), compiled()
    if not count:
        yield Check(
            "kernels", "note", f"none compiled in {folder}: the first run takes minutes longer", "hanji warm-up"
        )
        return
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    yield Check("kernels", "ok", f"{count} compiled, {megabytes(size)} in {folder}")
    if (folder / TIMES).is_file():
        groups = json.loads((folder / TIMES).read_text(encoding="utf-8"))["groups"]
        told = ", ".join(f"{name} {group['seconds']:.0f} s" for name, group in groups.items())
        yield Check("compiling", "ok", f"{told} (measured by warm-up)")


def mirror_tree(mirror: str | None) -> Iterator[Check]:
    """Whether --mirror or HANJI_MIRROR is a tree of upstream files: HOST/PATH."""
    if mirror is None:
        yield Check("mirror", "ok", "none set; upstream files come from the network")
    elif "://" in mirror:
        yield from _answer("mirror", mirror, "check the URL in HANJI_MIRROR")
    elif not Path(mirror).is_dir():
        yield Check(
            "mirror", "bad", f"{mirror} is no folder", "unset HANJI_MIRROR, or make one: hanji mirror --out DIR"
        )
    else:
        hosts = sorted(path.name for path in Path(mirror).iterdir() if path.is_dir() and "." in path.name)
        if hosts:
            yield Check("mirror", "ok", f"{mirror}: {', '.join(hosts)}; nothing touches the network")
        else:
            yield Check(
                "mirror", "bad", f"{mirror} has no folder named after a host", "hanji mirror --out DIR makes one"
            )


def hub(network: bool) -> Iterator[Check]:
    """Whether the Hugging Face hub answers."""
    if not network:
        yield Check("hub", "note", "not asked (--no-network)")
    elif os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "TRUE", "YES", "ON"):
        yield Check("hub", "note", "HF_HUB_OFFLINE is set: nothing is downloaded from it", "unset HF_HUB_OFFLINE")
    else:
        yield from _answer("hub", os.environ.get("HF_ENDPOINT", HUB), "use --mirror DIR (docs/sources.md)")


def _answer(name: str, url: str, advice: str) -> Iterator[Check]:
    import httpx

    try:
        status = httpx.head(url, timeout=5, follow_redirects=True).status_code
    except httpx.HTTPError as error:
        yield Check(name, "note", f"{url} does not answer: {type(error).__name__}: {error}", advice)
        return
    yield Check(name, "ok" if status < 400 else "note", f"{url} answers with {status}", "" if status < 400 else advice)


if __name__ == "__main__":
    run(main)
