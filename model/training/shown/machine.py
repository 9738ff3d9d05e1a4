"""The machine and the libraries that a run trains with, as its report tells them."""

import os
import platform

import torch

from corpus import release
from model.config import Config
from model.network.acceleration import compiles
from model.training.parallel import World


def describe_machine(world: World, config: Config, attention: str) -> dict[str, str]:
    """Label and text of each fact. `attention`: the kind that was chosen for this device."""
    train, cuda = config.train, world.device.type == "cuda"
    if cuda:
        device = torch.cuda.get_device_name(world.device)
        device += f", {torch.cuda.get_device_properties(world.device).total_memory / 1e9:.0f} GB"
    else:
        device = f"CPU, {platform.machine()}, {torch.get_num_threads()} of {os.cpu_count()} threads"
    how = f", {train.parallel}" if world.size > 1 else ""
    return {
        "device": f"{world.size} × {device}{how}",
        "precision": train.precision + (", matrix products in fp8" if train.fp8 else ""),
        "attention": attention,
        "blocks compiled": "yes" if compiles(train, world.device) else "no",
        "Hanji, torch, Python": f"{release()}, {torch.__version__}, {platform.python_version()}",
    }
