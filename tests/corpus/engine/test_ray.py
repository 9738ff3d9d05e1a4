"""The Ray engine on several nodes on this machine: same results, and lost workers and machines cost a second try."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from corpus.engine.local import LocalEngine
from corpus.engine.ray import RayEngine
from corpus.errors import UserError

ray = pytest.importorskip("ray", reason="needs the extra ray")
cluster_utils = pytest.importorskip("ray.cluster_utils")
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("ray"), pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def cluster() -> Iterator[object]:
    patient = {"health_check_timeout_ms": 60_000}  # a busy machine is not a lost one
    head = {"num_cpus": 1, "include_dashboard": False, "_system_config": patient}
    made = cluster_utils.Cluster(initialize_head=True, head_node_args=head)
    made.add_node(num_cpus=1)
    yield made
    ray.shutdown()
    made.shutdown()


@pytest.fixture
def engine(cluster) -> Iterator[RayEngine]:
    with RayEngine(cluster.address) as connected:
        yield connected


def square(x: int) -> int:
    return x * x


def meet(folder: Path, _: int) -> str:
    """The node that this runs on, once a second node has come to `folder` too."""
    node = ray.get_runtime_context().get_node_id()
    (folder / node).touch()
    while len(list(folder.iterdir())) < 2:
        time.sleep(0.05)
    return node


def die_once(folder: Path, x: int) -> int:
    """End the worker the first time that item 2 comes."""
    mark = folder / "died"
    if x == 2 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return x


def die(_: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def refuse(x: int) -> int:
    if x == 3:
        raise UserError("row 7: broken; mend it")
    return x


def wait_for(folder: Path, x: int) -> str:
    """Tell that the task runs, and go on when the test says so."""
    node = ray.get_runtime_context().get_node_id()
    (folder / f"{x}-{node}").touch()
    while not (folder / "go").exists():
        time.sleep(0.05)
    return node


class Seen:
    """An observer that remembers."""

    def __init__(self) -> None:
        self.events: list[tuple] = []

    def begin(self, stage: str, items: int, weight: int) -> None:
        self.events.append(("begin", stage, items, weight))

    def advance(self, stage: str, group: str, weight: int, items: int = 1) -> None:
        self.events.append(("advance", group, weight))

    def skip(self, stage: str, group: str, weight: int) -> None:
        self.events.append(("skip", group, weight))

    def end(self, stage: str) -> None:
        self.events.append(("end", stage))


def test_results_come_in_order_from_several_nodes(engine: RayEngine, tmp_path: Path) -> None:
    engine.observer = seen = Seen()
    assert list(engine.map(square, range(20), name="squares", group=lambda x: "g", weigh=lambda x: 3)) == [
        x * x for x in range(20)
    ]
    assert seen.events[0] == ("begin", "squares", 20, 60)
    assert seen.events[1:-1] == [("advance", "g", 3)] * 20
    assert seen.events[-1] == ("end", "squares")
    assert len(set(engine.map(partial(meet, tmp_path), range(2)))) == 2


def test_a_lost_worker_costs_a_second_try(engine: RayEngine, tmp_path: Path) -> None:
    assert list(engine.map(partial(die_once, tmp_path), range(5))) == list(range(5))
    assert (tmp_path / "died").exists()


def test_a_lost_node_costs_a_second_try(cluster, engine: RayEngine, tmp_path: Path) -> None:
    node = cluster.add_node(num_cpus=1)
    cluster.wait_for_nodes()
    results = engine.map(partial(wait_for, tmp_path), range(3))
    pending = iter(results)

    def lose() -> None:
        while len(list(tmp_path.glob("*-*"))) < 3:
            time.sleep(0.1)
        cluster.remove_node(node, allow_graceful=False)
        (tmp_path / "go").touch()

    thread = threading.Thread(target=lose)
    thread.start()
    nodes = list(pending)
    thread.join()
    assert len(nodes) == 3
    assert node.node_id not in nodes
    assert any(path.name.endswith(node.node_id) for path in tmp_path.glob("*-*"))


def test_errors_of_tasks_are_their_own(engine: RayEngine) -> None:
    with pytest.raises(UserError, match="part 3: row 7: broken; mend it"):
        list(engine.map(refuse, range(6), describe=lambda x: f"part {x}"))


def test_a_task_that_always_ends_its_worker_is_given_up(engine: RayEngine) -> None:
    with pytest.raises(UserError, match="lost 4 times during one task"):
        list(engine.map(die, [0]))


def test_storage_that_is_not_there_is_named(engine: RayEngine, tmp_path: Path) -> None:
    engine.require_shared(tmp_path)
    with pytest.raises(UserError, match="has no such folder"):
        engine.require_shared(tmp_path / "elsewhere")


def test_a_machine_just_lost_is_not_asked(cluster, engine: RayEngine, tmp_path: Path) -> None:
    node = cluster.add_node(num_cpus=1)
    cluster.wait_for_nodes()
    cluster.remove_node(node, allow_graceful=False)  # Ray itself notices it some seconds later
    engine.require_shared(tmp_path)


def test_the_demo_corpus_is_the_same_to_the_byte(cluster, tmp_path: Path) -> None:
    from corpus.build import build
    from corpus.download.locator import Locator
    from corpus.recipe import load_recipe
    from pipelines.build_corpus import RECIPES

    recipe = load_recipe("demo", RECIPES)
    with LocalEngine(1) as local:
        build(recipe, tmp_path / "local", local, Locator(None, tmp_path / "cache"))
    with RayEngine(cluster.address) as remote:
        build(recipe, tmp_path / "ray", remote, Locator(None, tmp_path / "cache"))
    made = {p.relative_to(tmp_path / "ray"): p for p in (tmp_path / "ray").rglob("*") if p.is_file()}
    for path in (tmp_path / "local").rglob("*"):
        relative = path.relative_to(tmp_path / "local")
        if path.is_file() and not relative.parts[0].startswith("."):
            assert made[relative].read_bytes() == path.read_bytes(), relative


def test_no_cluster_is_told() -> None:
    if ray.is_initialized():
        ray.shutdown()
    with pytest.raises(UserError, match=r"--ray-address 127\.0\.0\.1:1: no Ray cluster answers"):
        RayEngine("127.0.0.1:1")
