"""The same tasks on the machines of a Ray cluster (the extra `ray`).

Ray decides where a task runs, and repeats a task whose worker or machine was lost. The tasks, their order and their
results are those of corpus/engine/local.py, so the output is identical byte for byte. Every machine needs the same
version of Hanji and the same path to the output, the mirror and local inputs (NFS, Lustre, a Kubernetes volume).
"""

import logging
import socket
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from corpus.engine.local import Item, Observer, Result, Silent, followed
from corpus.engine.task import noted
from corpus.engine.workers import single_core
from corpus.errors import RESUME, UserError, first_line

TRIES = 4  # runs of one task whose workers or machines are lost
CONNECT = 5.0  # seconds that the head of a cluster has to answer
AHEAD = 4  # tasks in flight for each core of the cluster


class RayEngine:
    """Runs tasks on a Ray cluster, one core each. A context manager: leaving it stops running tasks.

    `address`: "auto" for the cluster that this machine belongs to, HOST:PORT of its head, or "local" for a Ray of this
    machine alone. `workers`: cores to use at most, 0 for all that the cluster has at the start. Raises UserError if Ray
    is not installed or no cluster answers.
    """

    def __init__(self, address: str = "auto", workers: int = 0, observer: Observer | None = None):
        try:
            import ray
        except ImportError as error:
            raise UserError('--engine ray needs Ray: pip install "hanji[ray]".') from error
        self.observer: Observer = observer or Silent()
        self._ray: Any = ray
        self._mine = not ray.is_initialized()  # a program that is already connected stays connected
        if self._mine:
            own: dict[str, Any] = (
                {"num_cpus": workers or None, "include_dashboard": False} if address == "local" else {}
            )
            try:
                if address not in ("auto", "local"):  # Ray itself would end this process after minutes of trying
                    host, _, port = address.rpartition(":")
                    socket.create_connection((host, int(port)), timeout=CONNECT).close()
                ray.init(
                    None if address == "local" else address, log_to_driver=False, logging_level=logging.ERROR, **own
                )
            except (OSError, ValueError, RuntimeError) as error:
                raise UserError(
                    f"--ray-address {address}: no Ray cluster answers there ({first_line(error)}). Start one"
                    " with `ray start --head`, name the HOST:PORT of its head, or use --ray-address local for this"
                    " machine alone."
                ) from error
        self.workers = workers or max(1, int(ray.cluster_resources().get("CPU", 1)))

    def __enter__(self) -> "RayEngine":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the connection, if this engine made it; running tasks are stopped and leave no files."""
        if self._mine and self._ray.is_initialized():
            self._ray.shutdown()

    def map(
        self,
        function: Callable[[Item], Result],
        items: Iterable[Item],
        *,
        name: str = "map",
        describe: Callable[[Item], str] = str,
        group: Callable[[Item], str] = lambda item: "",
        weigh: Callable[[Item], int] = lambda item: 1,
    ) -> Iterator[Result]:
        """As Engine.map. A task's exception is raised unchanged; errors of Ray (memory, lost machines) are
        UserErrors."""
        todo = list(items)
        return followed(self.observer, name, todo, self._results(function, todo), describe, group, weigh)

    def require_shared(self, folder: Path) -> None:
        """Raise UserError if a machine of the cluster does not see `folder`, which this machine made.

        A machine that is lost before it answers runs no task either, and is left out; Ray may list it for a minute.
        """
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        sees = self._ray.remote(num_cpus=0)(_is_folder)
        nodes = [node for node in self._ray.nodes() if node["Alive"] and node["Resources"].get("CPU")]
        asked = {
            node["NodeManagerHostname"]: sees.options(
                scheduling_strategy=NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
            ).remote(str(folder.resolve()))
            for node in nodes
        }
        exceptions = self._ray.exceptions
        for host, answer in asked.items():
            try:
                seen = self._ray.get(answer)
            except (exceptions.TaskUnschedulableError, exceptions.NodeDiedError):
                continue
            except exceptions.RayError as error:
                raise UserError(
                    f"the machine {host} of the Ray cluster does not answer ({first_line(error)}). Take it out of the"
                    " cluster, or mend it."
                ) from error
            if not seen:
                raise UserError(
                    f"{folder.resolve()}: the machine {host} of the Ray cluster has no such folder. All machines must"
                    " have the output at the same path; put --out on storage that they share."
                )

    def _results(self, function: Callable[[Item], Result], items: list[Item]) -> Iterator[tuple[Result, bool]]:
        exceptions = self._ray.exceptions
        remote = self._ray.remote(num_cpus=1, max_retries=TRIES - 1)(_call)
        shared = self._ray.put(function)  # sent to each machine once, not with each task
        waiting: deque[Any] = deque()
        ahead = iter(items)
        try:
            while True:
                while len(waiting) < AHEAD * self.workers:
                    try:
                        waiting.append(remote.remote(shared, next(ahead)))
                    except StopIteration:
                        break
                if not waiting:
                    return
                yield self._ray.get(waiting.popleft())
        except exceptions.OutOfMemoryError as error:
            raise UserError(
                f"a task was ended {TRIES} times because its machine ran out of memory. Use fewer --workers. {RESUME}"
            ) from error
        except exceptions.RayTaskError as error:
            raise error.cause from error  # the task's own exception
        except (
            exceptions.WorkerCrashedError,
            exceptions.NodeDiedError,
            exceptions.ObjectLostError,
            exceptions.RaySystemError,
        ) as error:
            raise UserError(
                f"a worker or machine of the Ray cluster was lost {TRIES} times during one task. {RESUME}"
            ) from error
        finally:
            if self._ray.is_initialized():
                for reference in waiting:
                    self._ray.cancel(reference, force=True)


def _call(function: Callable[[Item], Result], item: Item) -> tuple[Result, bool]:
    single_core()
    return noted(partial(function, item))


def _is_folder(path: str) -> bool:
    return Path(path).is_dir()
