"""One record costs itself: the only place where an error in reading a record, page or batch is caught.

Readers cut a file into records and hand each on as `Pending`; what a record means is worked out in `guarded`, so that
whatever goes wrong there, foreseen or not, and however long it takes, costs that record. `to_the_end` is around
whole readers and sources: an error outside of any record costs what is left of that file. A reader does not call them:
`corpus.readers.read`, `gather` and `Declared.read` do.

The cap on time is in processor seconds, and 64 times as much as the slowest of 37 real pages took, so that what a
machine does beside this does not decide about a page.
"""

import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from types import FrameType
from typing import NamedTuple, TypeVar

from corpus.document import Unreadable
from corpus.errors import UserError
from corpus.readers.columns import SAMPLE

T = TypeVar("T")

# The slowest of 37 real pages took 0.2 s, the slowest of 106 long articles 0.03; trafilatura takes 0.25 s for 1 MB,
# wikitext 0.1.
SECONDS, SECONDS_PER_MB = 10.0, 15.0
FAILED = "reader failed"
TOO_SLOW = "took too long"


class RecordError(ValueError):
    """A reader's own word about a record: the message is the reason as the books count it."""


class Pending(NamedTuple):
    """A record cut out but not yet read: `read` makes the value of each field of `content`."""

    row: int
    offset: int
    content: bytes
    read: Callable[[bytes], "list[str | None]"]


class _TooSlow(BaseException):
    """Not an Exception: no library that a reader calls may catch it."""


class _Watch:
    """One timer of the process's own processor time; only the main thread of a process can have one."""

    armed = False
    installed = False

    def start(self, seconds: float) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        if not self.installed:
            signal.signal(signal.SIGVTALRM, self._expired)
            self.installed = True
        self.armed = True
        signal.setitimer(
            signal.ITIMER_VIRTUAL, seconds, 1.0
        )  # and again each second, should a callback have swallowed it

    def stop(self) -> None:
        if self.armed:
            self.armed = False
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)

    def _expired(self, signum: int, frame: FrameType | None) -> None:
        if self.armed:
            raise _TooSlow


WATCH = _Watch()


def guarded(read: Callable[[bytes], T], content: bytes, row: int, offset: int) -> T | Unreadable:
    """`read(content)`, or why there is no such value.

    UserError, OSError (the disk) and MemoryError are not the record's, and are raised.
    """
    try:
        try:
            WATCH.start(SECONDS + SECONDS_PER_MB * len(content) / 1e6)
            return read(content)
        finally:
            WATCH.stop()
    except _TooSlow:
        reason = TOO_SLOW
    except RecordError as error:
        reason = str(error)
    except UnicodeDecodeError:
        reason = "bad utf-8"
    except UnicodeEncodeError:
        reason = "lone surrogate"
    except (UserError, OSError, MemoryError):
        raise
    except Exception as error:
        reason = _failed(error)
    return Unreadable(row, offset, reason, content[:SAMPLE])


def to_the_end(stretches: Callable[[], Iterable[T]], lost: Callable[[Unreadable], T]) -> Iterator[T]:
    """The stretches of a file; an error in making one ends the file there, and is handed on as what `lost` makes of
    it."""
    try:
        yield from stretches()
    except (UserError, OSError, MemoryError):
        raise
    except Exception as error:
        yield lost(Unreadable(-1, -1, _failed(error), str(error).encode("utf-8", "replace")[:SAMPLE]))


def _failed(error: Exception) -> str:
    return f"{FAILED}: {type(error).__name__}"
