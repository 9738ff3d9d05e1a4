"""Addresses of object stores on the command line: what a command reads is fetched, and what it made is copied there."""

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

from corpus.errors import UserError

# Commands whose output folder is made whole before it is shown; the others write checkpoints or results in place.
WRITERS = ("build_corpus", "dedup", "decontaminate", "train_tokenizer", "report_tokenizer", "pack", "export")
WORK = "folder of this machine for copies of what is read from and written to object stores"


def with_stores(main: Callable[..., Any], ended: type[Exception], tell: Callable[[str], None]) -> Callable[..., Any]:
    """A command whose paths may be addresses such as s3://BUCKET/NAME.

    Each input is copied to this machine first. The result is made in a folder of this machine (`work`, else the user's
    cache) and copied to the address of --out at the end, also when the command ends with a status of its own (the
    exception `ended`); `tell` prints a line.
    """
    command = main.__module__.rpartition(".")[2]
    if command == "__main__":  # python -m pipelines.COMMAND
        command = Path(inspect.getfile(inspect.unwrap(main))).stem

    @functools.wraps(main)
    def wrapped(*args: Any, work: Path | None = None, **kwargs: Any) -> Any:
        addresses = {name: found for name, value in kwargs.items() if (found := _addresses(value))}
        if not addresses:
            return main(*args, **kwargs)
        from corpus.engine import objects

        out = addresses.pop("out", [None])[0]
        for name in addresses:
            kwargs[name] = _fetched(kwargs[name], work)
        if out is None:
            return main(*args, **kwargs)
        if command not in WRITERS:
            raise UserError(
                f"--out {out}: {command} writes in place, which object stores cannot do. Give a folder of this machine,"
                " and copy it when it is finished."
            )
        local = kwargs["out"] = objects.stage_of(out, work)
        there = objects.check_owner(out, command)
        if there and there["finished"] and not (local / objects.MARKER).is_file():
            objects.fetch(out, local)
        try:
            result = main(*args, **kwargs)
        except ended:
            tell(f"{out}: {objects.publish(local, out)} files copied from {local}")
            raise
        tell(f"{out}: {objects.publish(local, out)} files copied from {local}")
        return result

    return wrapped


def _addresses(value: Any) -> list[str]:
    from corpus.engine.objects import address_of

    values = value if isinstance(value, list | tuple) else [value]
    return [found for one in values if isinstance(one, Path) and (found := address_of(one))]


def _fetched(value: Any, work: Path | None) -> Any:
    from corpus.engine import objects

    if isinstance(value, list | tuple):
        return [_fetched(one, work) for one in value]
    address = objects.address_of(value)
    return objects.fetch(address, objects.stage_of(address, work)) if address else value
