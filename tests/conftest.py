"""Fixtures that every area shares: real data where it is there, else a skip that says what is missing."""

import gc
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# No deadline, and slow examples are no error: the first call of a kernel compiles it, and shared machines stall. The
# same examples each time where a change is judged (a named odd case is an @example); new ones wherever people work,
# and in the run that .ci/run makes with the date as its seed.
settings.register_profile(
    "hanji",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
    derandomize=bool(os.environ.get("CI")),
)
settings.load_profile("hanji")

# A flush takes 8 ms, a third of what many tests take. When what is flushed is recorded by
# tests/corpus/engine/test_durability.py; tests of kills are in processes of their own.
os.fsync = lambda _: None

# One thread of torch a process, also in commands that tests start: what is trained is small, other tests run beside it.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Imports and collection make many objects and no garbage; looking for it took a third of their 20 s of processor time.
gc.disable()

ROOT = Path(__file__).resolve().parent.parent


def pytest_configure(config: pytest.Config) -> None:
    """Files are given out in their order, not those with most tests first, which are quick ones."""
    if hasattr(config.option, "loadscopereorder"):  # with pytest-xdist
        config.option.loadscopereorder = False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests first: one that begins last leaves the other process idle at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def pytest_collection_finish() -> None:
    """What imports made is never garbage. To look through it again took half the time of a short training run, which
    begins with a full collection."""
    gc.enable()
    gc.freeze()


def _folder(variable: str, beside: str) -> Path:
    path = Path(os.environ.get(variable) or ROOT.parent / "shared" / beside)
    if not path.is_dir():
        pytest.skip(f"needs real data: set {variable} (looked at {path})")
    return path


@pytest.fixture(scope="session")
def mirror() -> Path:
    """A tree of upstream files, HOST/PATH (HANJI_MIRROR)."""
    return _folder("HANJI_MIRROR", "mirror")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """More real data, not in an upstream layout (HANJI_DATA)."""
    return _folder("HANJI_DATA", "data")
