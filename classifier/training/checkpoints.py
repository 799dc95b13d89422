"""A run's state on disk, so that it can be interrupted at any time and go on bit for bit.

    step-00000500.safetensors   weights, their average, the optimizer's moments
    step-00000500.json          written last: the step, what decides the run, the tensors' sha256

Weights are tensors and settings are JSON: nothing here is ever unpickled. No generator's state is
kept, for a step's randomness depends on its number alone (`batches.py`). The last two are kept.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from classifier.training.config import ConfigError

KEPT = 2
MOMENTS = ("step", "exp_avg", "exp_avg_sq")
Optimizer = torch.optim.Optimizer


class CheckpointError(ConfigError):
    """A checkpoint cannot be gone on from; the message says why and what to do."""


def save(
    folder: Path,
    step: int,
    decided_by: str,
    parts: Mapping[str, nn.Module],
    optimizer: Optimizer,
) -> None:
    """Write what *step* finished steps have led to. decided_by: digest of the run's settings."""
    from safetensors.torch import save as packed

    folder.mkdir(parents=True, exist_ok=True)
    tensors = {
        f"{part}.{name}": tensor.detach().cpu().contiguous()
        for part, module in parts.items()
        for name, tensor in module.state_dict().items()
    }
    for index, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{index}.{name}": state[name].cpu() for name in MOMENTS}
    # two tensors that share memory are refused, and channels-last ones are laid out again
    data = packed({name: tensor.clone().contiguous() for name, tensor in tensors.items()})
    entry = {"step": step, "decided_by": decided_by, "sha256": hashlib.sha256(data).hexdigest()}
    path = folder / f"step-{step:08d}.safetensors"
    _write(path, data)
    _write(path.with_suffix(".json"), json.dumps(entry).encode())
    for old in sorted(folder.glob("step-*.json"))[:-KEPT]:
        old.unlink()
        old.with_suffix(".safetensors").unlink(missing_ok=True)


def restore(
    folder: Path, decided_by: str, parts: Mapping[str, nn.Module], optimizer: Optimizer
) -> int:
    """Load the newest whole checkpoint and return how many steps it has done; 0 without any.

    Raises CheckpointError when it belongs to a run with other settings or data.
    """
    from safetensors.torch import load

    for path in sorted(folder.glob("step-*.json"), reverse=True):
        entry = json.loads(path.read_text(encoding="utf-8"))
        if entry["decided_by"] != decided_by:
            raise CheckpointError(
                f"{path}: is of a run with other settings or other data. Give another --out, or "
                "leave out --resume to begin anew."
            )
        data = path.with_suffix(".safetensors").read_bytes()
        if hashlib.sha256(data).hexdigest() != entry["sha256"]:
            continue  # half written or damaged: the one before it is whole
        _fill(load(data), parts, optimizer)
        return int(entry["step"])
    return 0


def average_in(folder: Path) -> dict[str, Tensor]:
    """The averaged weights of the newest whole checkpoint, whatever run it is of.

    Raises CheckpointError when there is none.
    """
    from safetensors.torch import load

    for path in sorted(folder.glob("step-*.json"), reverse=True):
        data = path.with_suffix(".safetensors").read_bytes()
        if hashlib.sha256(data).hexdigest() == json.loads(path.read_text("utf-8"))["sha256"]:
            head = "average."
            return {
                name.removeprefix(head): tensor
                for name, tensor in load(data).items()
                if name.startswith(head)
            }
    raise CheckpointError(f"{folder}: has no whole checkpoint. Train the run to its end first.")


def clear(folder: Path) -> None:
    """Remove the checkpoints of *folder*, for a run that begins anew."""
    for path in folder.glob("step-*"):
        path.unlink()


def _fill(
    tensors: Mapping[str, Tensor], parts: Mapping[str, nn.Module], optimizer: Optimizer
) -> None:
    for part, module in parts.items():
        head = f"{part}."
        module.load_state_dict({
            name.removeprefix(head): tensor
            for name, tensor in tensors.items()
            if name.startswith(head)
        })  # fmt: skip
    weights = optimizer.param_groups[0]["params"]
    state: dict[int, dict[str, Any]] = {}
    for name, tensor in tensors.items():
        if name.startswith("optimizer."):
            _, index, moment = name.split(".")
            like = weights[int(index)]
            if tensor.shape == like.shape:
                # a fused optimizer wants moments to lie in memory as their weights do
                tensor = torch.empty_like(like, requires_grad=False).copy_(tensor)
            state.setdefault(int(index), {})[moment] = tensor
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all, also when the power fails."""
    unfinished = path.with_suffix(path.suffix + ".tmp")
    with unfinished.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
