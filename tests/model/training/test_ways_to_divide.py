"""How a model is parallelized, as far as one process can see it: the choice, the mesh, the precision, the sums."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from model.training import parallel
from model.training.parallel import World, machines, parallelize
from tests.model.training.test_optimizer import SMALL

GPU: Any = World(0, 4, torch.device("cuda", 0))


class Chosen(Exception):  # noqa: N818 - no error
    """Ends `parallelize` with what it has decided."""


def model() -> Any:
    with torch.device("meta"):
        return parallel.Decoder(SMALL)


@pytest.mark.parametrize(
    ("ranks", "here", "number"), [(8, None, 1), (8, "8", 1), (8, "4", 2), (8, "3", 1), (16, "4", 4), (6, "4", 1)]
)
def test_machines_of_as_many_ranks(monkeypatch, ranks: int, here: str | None, number: int) -> None:
    monkeypatch.delenv("LOCAL_WORLD_SIZE", raising=False)
    if here is not None:
        monkeypatch.setenv("LOCAL_WORLD_SIZE", here)
    assert machines(ranks) == number


def test_the_state_is_sixteen_bytes_a_parameter(monkeypatch) -> None:
    decoder = model()
    count = sum(parameter.numel() for parameter in decoder.parameters())

    def stop(*given: Any) -> str:
        raise Chosen(given)

    monkeypatch.setenv("LOCAL_WORLD_SIZE", "2")
    monkeypatch.setattr(parallel, "chosen", stop)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: SimpleNamespace(total_memory=32 * count))
    with pytest.raises(Chosen) as decided:
        parallelize(decoder, GPU, "auto", torch.bfloat16)
    assert decided.value.args == ((0.5, 2, 4),)
    alone = parallelize(decoder, World(0, 1, GPU.device), "auto", torch.bfloat16)
    assert isinstance(alone, parallel.TrainingLoss)


@pytest.mark.parametrize(("how", "shape"), [("fsdp", (4,)), ("hsdp", (2, 2))])
def test_gradients_are_reduced_in_float32(monkeypatch, how: str, shape: tuple[int, ...]) -> None:
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "2")
    sharded: list[Any] = []
    meshes: list[Any] = []

    def mesh(kind: str, sizes: tuple[int, ...], mesh_dim_names: Any = None) -> Any:
        meshes.append((kind, sizes, mesh_dim_names))
        return meshes[-1]

    monkeypatch.setattr(parallel, "init_device_mesh", mesh)
    monkeypatch.setattr(
        parallel, "fully_shard", lambda module, mesh, mp_policy: sharded.append((module, mesh, mp_policy))
    )
    monkeypatch.setattr(parallel, "register_fsdp_forward_method", lambda *_: None)
    decoder = model()
    parallelize(decoder, GPU, how, torch.bfloat16)
    assert [module for module, _, _ in sharded] == [*decoder.blocks, decoder]
    for _, (kind, sizes, _), policy in sharded:
        assert (kind, sizes) == ("cuda", shape)
        assert (policy.param_dtype, policy.reduce_dtype) == (torch.bfloat16, torch.float32)
        assert not policy.cast_forward_inputs


def test_sums_over_ranks_are_in_float64(monkeypatch) -> None:
    """Tokens of a trillion and nats of a row in one list: float32 would lose the last digits."""
    monkeypatch.setattr(parallel.dist, "all_reduce", lambda tensor: tensor.mul_(2))
    values = [float((1 << 40) + 1), 0.1]
    assert World(0, 2, torch.device("cpu")).sum(values) == [2 * value for value in values]
    assert World(0, 1, torch.device("cpu")).sum(values) is values


@pytest.mark.parametrize("last", [False, True])
def test_gradients_are_exchanged_in_the_last_micro_batch(monkeypatch, last: bool) -> None:
    class Ddp:
        def no_sync(self) -> str:
            return "apart"

    class Sharded:
        def set_requires_gradient_sync(self, on: bool) -> None:
            self.on = on

    monkeypatch.setattr(parallel, "DistributedDataParallel", Ddp)
    monkeypatch.setattr(parallel, "FSDPModule", Sharded)
    ddp: Any = Ddp()
    assert (parallel.no_reduction(ddp, last) == "apart") == (not last)
    sharded: Any = SimpleNamespace(decoder=Sharded())
    parallel.no_reduction(sharded, last)
    assert sharded.decoder.on == last
