"""Memory of this process while something runs. Imports nothing large: it is measured, too."""

import threading
from pathlib import Path


def memory() -> tuple[int, int]:
    """Anonymous memory and all resident memory of this process, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    sizes = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines if line.startswith(("RssAnon", "VmRSS"))}
    return sizes["RssAnon"], sizes["VmRSS"]


class Peak:
    """The peak memory while it runs, above that at the start."""

    def __enter__(self) -> "Peak":
        self.start, self.anonymous, self.resident = memory(), 0, 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def _watch(self) -> None:
        while not self._stop.wait(0.02):
            anonymous, resident = memory()
            self.anonymous = max(self.anonymous, anonymous - self.start[0])
            self.resident = max(self.resident, resident - self.start[1])

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
