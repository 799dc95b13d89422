"""The dense parent of a task: trained once for each seed, kept as safetensors.

    NAME-DATA-seed1-DIGEST.safetensors   its weights
    NAME-DATA-seed1-DIGEST.json          written last: their sha256

DIGEST is over what decides the weights: data, network, course, seed and the version of torch.
"""

from __future__ import annotations

import copy
import hashlib
import json
from dataclasses import asdict
from pathlib import Path

import torch
from torch import nn

from model_compression.framework.stage import device
from model_compression.framework.training import Course, OnStep, train
from model_compression.tasks.task import Task


def baseline(
    task: Task, seed: int, folder: Path, on_step: OnStep = lambda done, of: None
) -> nn.Module:
    """The dense parent of *task*, from *folder* or trained now; ready to judge, on the CPU.

    The same seed gives the same weights on one machine and thread count; a GPU is used if there is
    one.
    """
    if task.parent is not None:
        return copy.deepcopy(task.parent).eval()
    torch.manual_seed(seed)
    network = task.build()
    path = folder / f"{task.name}-{task.data}-seed{seed}-{_key(task, seed, network)}.safetensors"
    if not _filled(network, path):
        course = Course(epochs=task.learning.epochs, rate=task.learning.rate)
        train(network.to(device()), task, course, seed, on_step=on_step)
        _keep(network.cpu(), path)
    return network.eval()


def _key(task: Task, seed: int, network: nn.Module) -> str:
    decides = [task.digest, str(network), asdict(task.learning), seed, torch.__version__]
    return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()[:12]


def _filled(network: nn.Module, path: Path) -> bool:
    """Has *network* got the weights in *path*? Not where they are absent or damaged."""
    from safetensors.torch import load

    try:
        stated = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        data = path.read_bytes()
    except FileNotFoundError:
        return False
    if hashlib.sha256(data).hexdigest() != stated["sha256"]:
        return False
    network.load_state_dict(load(data))
    return True


def _keep(network: nn.Module, path: Path) -> None:
    from classifier.training.export import weights_of

    path.parent.mkdir(parents=True, exist_ok=True)
    data = weights_of(network)
    digest = hashlib.sha256(data).hexdigest()
    entry = {"sha256": digest, "torch": torch.__version__}
    for target, content in ((path, data), (path.with_suffix(".json"), json.dumps(entry).encode())):
        unfinished = target.with_suffix(f"{target.suffix}.tmp")
        unfinished.write_bytes(content)
        unfinished.replace(target)
