"""Errors of one record cost only that record: the only place where an error in reading a record, page or batch is
caught.

Readers cut a file into records and return each as `Pending`; a record is parsed in `guarded`, so that any error, and
too long a time, costs only that record. `to_the_end` wraps whole readers and sources: an error outside of any record
costs the rest of that file. Readers do not call them: `corpus.readers.read`, `gather` and `Declared.read` do.

The limit on time is in processor seconds, and 64 times the time of the slowest of 37 real pages, so that other
processes of the machine do not matter.
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
    """An error in a record that a reader recognised: the message is the reason in the counts of unreadable records."""


class Pending(NamedTuple):
    """A record that is not parsed yet: `read` returns the value of each field from `content`."""

    row: int
    offset: int
    content: bytes
    read: Callable[[bytes], "list[str | None]"]


class _TooSlow(BaseException):
    """Not an Exception, so that no library called by a reader catches it."""


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
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds, 1.0)  # and again each second, in case a callback has caught it

    def stop(self) -> None:
        if self.armed:
            self.armed = False
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)

    def _expired(self, signum: int, frame: FrameType | None) -> None:
        if self.armed:
            raise _TooSlow


WATCH = _Watch()


def guarded(read: Callable[[bytes], T], content: bytes, row: int, offset: int) -> T | Unreadable:
    """`read(content)`, or an Unreadable with the reason.

    UserError, OSError (the disk) and MemoryError are not errors of the record, and are raised.
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


def to_the_end(chunks: Callable[[], Iterable[T]], lost: Callable[[Unreadable], T]) -> Iterator[T]:
    """The chunks of a file; an error in a chunk ends the file there, and `lost` makes the last chunk from the error."""
    try:
        yield from chunks()
    except (UserError, OSError, MemoryError):
        raise
    except Exception as error:
        yield lost(Unreadable(-1, -1, _failed(error), str(error).encode("utf-8", "replace")[:SAMPLE]))


def _failed(error: Exception) -> str:
    return f"{FAILED}: {type(error).__name__}"
