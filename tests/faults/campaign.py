"""The campaign: every command under every fault. What is demanded is always the same: the run ends as the undisturbed
one, or with a sentence, and then the same command completes to the same bytes, with nothing half-written left."""

import os
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from corpus.engine.marker import MARKER
from corpus.engine.output import WORK
from tests.faults import between
from tests.faults.child import (
    EXCEPTIONS,
    Outcome,
    at_change,
    count_changes,
    few_descriptors,
    kill,
    leftovers,
    run,
    small_files,
    terminate,
    tree,
)
from tests.faults.commands import COMMANDS, VOLATILE, Inputs, write_texts
from tests.faults.damaged_inputs import damaged_inputs

DAMAGES = ("flip", "flip with the old time", "truncate", "empty", "delete")
NAMES = ("a b", "한글 폴더", "new\nline", "semi;touch x", "-dash", "a[b/]c[/d]", "x" * 200, "tmp.*.tmp-1", "%2e%2e")


@dataclass(frozen=True)
class Finding:
    """One attack: which, and what was wrong ("" if nothing)."""

    family: str
    attack: str
    problem: str


class Campaign:
    """Attacks on one command. `samples`: how many points of each family, None for all."""

    def __init__(self, command: str, inputs: Inputs, root: Path, samples: int | None, seed: int):
        self.name, self.inputs, self.root, self.samples = command, inputs, root, samples
        self.command, self.volatile = COMMANDS[command], VOLATILE.get(command, ())
        self.chance = random.Random(f"{seed} {command}")
        self.out, self.log = root / "out", root / "log"
        self.reference = root / "reference"
        root.mkdir(parents=True, exist_ok=True)
        first = self.run(self.reference)
        assert first.how == "done", first
        self.expected = tree(self.reference, self.volatile)
        self.changes = count_changes(partial(self.command, inputs, self.out), self.out, self.log)
        assert not (problem := self.compare(self.out)), f"two undisturbed runs: {problem}"

    def families(self) -> dict[str, Callable[[], Iterator[Finding]]]:
        """The attacks by what goes wrong."""
        return {
            "killed": self.kills,
            "refused by the machine": self.exceptions,
            "limits": self.limits,
            "damaged": self.damages,
            "permissions": self.permissions,
            "full disk": self.full_disk,
            "names": self.names,
            "two at once": self.two_at_once,
            "overwritten": self.overwritten,
            "foreign files": self.foreign,
        } | {
            name: partial(self._between, name, attack)
            for name, attack in (
                ("clock", between.clock),
                ("another version's work", between.stale_work),
                ("inputs change", between.changed_inputs),
                ("little memory", between.memory),
                ("several processes", between.processes),
                ("damaged inputs", damaged_inputs),
            )
        }

    def _between(self, family: str, attack: Callable[["Campaign"], Iterator[tuple[str, str]]]) -> Iterator[Finding]:
        for name, problem in attack(self):
            yield Finding(family, name, problem)

    def kills(self) -> Iterator[Finding]:
        """Ended without a word at an operation that changes the disk, once or twice in a row, then run again."""
        for what, how in (("kill -9", kill), ("SIGTERM", terminate)):
            for number in self.points(self.changes, whole=what == "kill -9"):
                self.clean()
                ended = self.run(self.out, at_change(number, self.out, how))
                again = self.chance.randint(1, number)
                second = self.run(self.out, at_change(again, self.out, how)) if number % 5 == 0 else ended
                problem = "" if ended.how == "killed" else f"was not killed: {ended}"
                if second.how not in ("killed", "done"):
                    problem = f"the second run: {second}"
                yield Finding("killed", f"{what} at {number} {ended.words.strip()}", problem or self.completes())

    def exceptions(self) -> Iterator[Finding]:
        """An operation fails as the machine would fail it: a sentence, then the same command completes."""
        kinds = list(EXCEPTIONS)
        for number in self.points(self.changes):
            kind = kinds[number % len(kinds)]
            self.clean()
            ended = self.run(self.out, at_change(number, self.out, EXCEPTIONS[kind]))
            yield Finding("refused by the machine", f"{kind} at {number} {ended.words[:90]}", self.judge(ended))

    def limits(self) -> Iterator[Finding]:
        """Few open files, and files that cannot grow, in whatever library it hits."""
        plants = {f"{n} more open files": few_descriptors(n) for n in (0, 2, 4, 8)}
        plants |= {f"files of at most {n} bytes": small_files(n) for n in (0, 100, 3000, 20_000)}
        for name, plant in plants.items():
            self.clean()
            yield Finding("limits", name, self.judge(self.run(self.out, plant)))

    def damages(self) -> Iterator[Finding]:
        """One file of each kind of a finished folder is damaged: the rerun repairs it or tells it."""
        kinds: dict[str, Path] = {}
        for path in sorted(self.reference.rglob("*")):
            if path.is_file() and path.name != ".hanji.lock":
                relative = path.relative_to(self.reference)
                depth = 2 if relative.parts[0] == WORK else 1
                kind = "/".join((*relative.parts[:depth], path.suffix if path.suffix == ".arrow" else path.name))
                if kind not in kinds or path.stat().st_size > (self.reference / kinds[kind]).stat().st_size:
                    kinds[kind] = relative
        attacks = [(path, how) for path in kinds.values() for how in DAMAGES]
        for path, how in self.sample(attacks):
            self.copy()
            if not damage(self.out / path, how):
                continue
            ended = self.run(self.out)
            if path.name == MARKER or path.name == "README.md":
                fine = ended.how in ("done", "told")
                yield Finding("damaged", f"{path}: {how}", "" if fine else str(ended))
                continue
            yield Finding("damaged", f"{path}: {how}", self.judge(ended))

    def permissions(self) -> Iterator[Finding]:
        """A folder that may not be written to, before the first run and after a finished one."""
        for state in ("new", "finished"):
            self.clean()
            if state == "finished":
                self.copy()
            else:
                self.out.mkdir()
            lock = [
                ["mount", "--bind", str(self.out), str(self.out)],
                ["mount", "-o", "remount,ro,bind", str(self.out)],
            ]
            if os.geteuid() != 0:
                lock = [["chmod", "-R", "a-w", str(self.out)]]
            elif subprocess.run(lock.pop(0), capture_output=True, check=False).returncode:
                return
            subprocess.run(lock[0], check=True)
            try:
                ended = self.run(self.out)
            finally:
                unlock = ["umount", "-l", str(self.out)] if os.geteuid() == 0 else ["chmod", "-R", "u+w", str(self.out)]
                subprocess.run(unlock, check=True)
            fine = ended.how == "told" or (state, ended.how) == ("finished", "done")
            problem = "" if fine else str(ended)
            yield Finding("permissions", f"read-only, {state} folder", problem or self.completes())

    def full_disk(self) -> Iterator[Finding]:
        """A small disk that fills up, then a larger one."""
        self.clean()
        self.out.mkdir()
        for size in ("64k", "256k", "1m") if self.samples is None else ("256k",):
            mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(self.out)]
            if subprocess.run(mount, capture_output=True, check=False).returncode:
                return
            try:
                ended = self.run(self.out / "o")
                problem = "" if ended.how in ("told", "done") else str(ended)
                subprocess.run(["mount", "-o", "remount,size=500m", str(self.out)], check=True)
                problem = problem or self.completes(self.out / "o")
            finally:
                subprocess.run(["umount", "-l", str(self.out)], check=True)
            yield Finding("full disk", size, problem)

    def names(self) -> Iterator[Finding]:
        """Folders of odd names."""
        for name in self.sample(NAMES):
            self.clean()
            yield Finding("names", repr(name[:20]), self.completes(self.out / name))

    def two_at_once(self) -> Iterator[Finding]:
        """A second run on a folder that is in use is refused and does no harm."""
        import fcntl

        self.copy()
        with (self.out / ".hanji.lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            ended = self.run(self.out)
        problem = "" if ended.how == "told" and "in use" in ended.words else str(ended)
        yield Finding("two at once", "in use", problem or self.completes())

    def overwritten(self) -> Iterator[Finding]:
        """Inputs that changed: refused with a sentence and the old result whole; with overwrite it is the result of
        the new ones."""
        if self.command not in (COMMANDS["build_corpus"], COMMANDS["dedup"]):
            return
        self.copy()
        kept = self.root / "texts"
        shutil.copytree(self.inputs.texts, kept, dirs_exist_ok=True)
        try:
            write_texts(self.inputs.texts, seed=1)
            ended = self.run(self.out)
            problem = "" if ended.how == "told" else f"changed inputs: {ended}"
            if tree(self.out, self.volatile) != self.expected:
                problem = "the finished folder was touched"
            yield Finding("overwritten", "changed inputs are refused", problem)
        finally:
            shutil.copytree(kept, self.inputs.texts, dirs_exist_ok=True)

    def foreign(self) -> Iterator[Finding]:
        """Somebody else's files in the way, in an empty-looking folder, and inside ours: never touched."""
        for name in ("work/thesis.txt", "train/thesis.txt", "manifest.json", ".work/notes", "counts/notes"):
            self.clean()
            (self.out / name).parent.mkdir(parents=True)
            (self.out / name).write_text("precious")
            ended = self.run(self.out)
            left = sorted(p.relative_to(self.out).as_posix() for p in self.out.rglob("*") if p.is_file())
            problem = "" if ended.how == "told" and left == [name] else f"{ended}, left {left[:5]}"
            yield Finding("foreign files", name, problem)

    def run(self, out: Path, plant: Callable[[], None] = lambda: None) -> Outcome:
        """The command in a child process, with a fault."""
        return run(partial(self.command, self.inputs, out), self.log, plant)

    def judge(self, ended: Outcome) -> str:
        """What is wrong with how a run ended, and with what the next one makes of it."""
        if ended.how == "done":
            return self.compare(self.out)
        return self.completes() if ended.how == "told" else str(ended)

    def completes(self, out: Path | None = None) -> str:
        """Run again, twice where the first only removes what is damaged; what is wrong then."""
        out = out or self.out
        for _ in range(2):
            again = self.run(out)
            if again.how == "done":
                return self.compare(out)
        return f"does not complete: {again}"

    def compare(self, out: Path) -> str:
        """What is wrong with a finished folder."""
        found = tree(out, self.volatile)
        wrong = [
            name for name in sorted(found.keys() | self.expected.keys()) if found.get(name) != self.expected.get(name)
        ]
        if wrong:
            return f"silently different: {', '.join(wrong[:6])}"
        return f"left behind: {left[:3]}" if (left := leftovers(out)) else ""

    def clean(self) -> None:
        """Remove the output folder."""
        shutil.rmtree(self.out, ignore_errors=True)

    def copy(self) -> None:
        """A finished output folder."""
        self.clean()
        shutil.copytree(self.reference, self.out, copy_function=shutil.copy2)

    def points(self, count: int, whole: bool = False) -> list[int]:
        """Which of so many operations are attacked."""
        if self.samples is None:
            return list(range(1, count + 1, 1 if whole else 7))
        first = [1, 2, 3] if whole else []
        return sorted({*first, *(self.chance.randint(1, count) for _ in range(self.samples))})

    def sample(self, items: Iterator | list | tuple) -> list:
        """Those of the items that are taken in this form of the campaign."""
        items = list(items)
        return items if self.samples is None else self.chance.sample(items, min(self.samples, len(items)))


def damage(path: Path, how: str) -> bool:
    """Damage a file; whether that changed it."""
    before, stat = path.read_bytes(), path.stat()
    if how == "delete":
        path.unlink()
        return True
    if how.startswith("flip"):
        after = bytearray(before)
        if after:
            after[len(after) // 2] ^= 1
        path.write_bytes(after)
        if how.endswith("old time"):
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        return bool(before)
    path.write_bytes(before[: len(before) // 2] if how == "truncate" else b"")
    return bool(before)
