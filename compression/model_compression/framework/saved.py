"""A compressed network on disk: tensors and JSON, never pickled, whole or not at all.

    NAME.safetensors   network.*, masks.* (uint8), scales.* of levels, snapshots.NUMBER.*
    NAME.json          written last: levels, ties, the tensors' sha256, and what the writer adds

Surgery changes shapes, so a network is built dense and its modules take the shapes of the file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from model_compression.errors import CompressionError
from model_compression.framework.levels import Levels
from model_compression.framework.marks import Marks
from model_compression.framework.stage import Subject

Entry = Mapping[str, Any]
STATED = {"levels", "sha256", "snapshots", "tied"}
"""What every JSON says beside the values of its writer."""


def save(path: Path, subject: Subject, **also: Any) -> None:
    """Write *subject* as *path*.safetensors and .json. also: further values of the JSON."""
    from safetensors.torch import save as packed

    levels = subject.marks.levels
    tensors = {
        **{f"network.{name}": tensor for name, tensor in subject.network.state_dict().items()},
        **{f"masks.{name}": mask.to(torch.uint8) for name, mask in subject.marks.masks.items()},
        **{f"scales.{name}": torch.as_tensor(one.scale) for name, one in levels.items()},
        **{
            f"snapshots.{number}.{name}": tensor
            for number, one in enumerate(subject.snapshots)
            for name, tensor in one.state_dict().items()
        },
    }
    data = packed({name: one.detach().cpu().contiguous() for name, one in tensors.items()})
    sets = {name: [one.kind, one.bits, one.zero] for name, one in levels.items()}
    entry = {**also, "levels": sets, "sha256": hashlib.sha256(data).hexdigest()}
    entry |= {"snapshots": len(subject.snapshots), "tied": dict(subject.marks.tied)}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path.with_suffix(".safetensors"), data)
    write_whole(path.with_suffix(".json"), json.dumps(entry, indent=1).encode())


def load(path: Path, build: Callable[[], nn.Module]) -> tuple[Subject, Entry]:
    """The subject that `save` wrote, on the CPU, and its JSON.

    Raises CompressionError when either file is absent or damaged.
    """
    from safetensors.torch import load as unpacked

    try:
        entry: Entry = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        data = path.with_suffix(".safetensors").read_bytes()
    except (OSError, ValueError) as error:
        raise CompressionError(f"{path}: cannot be read ({error}). Make it anew.") from error
    if absent := STATED - set(entry):
        raise CompressionError(
            f"{path}.json: does not say {', '.join(sorted(absent))}; another version "
            "of Printwarden wrote it. Make it anew."
        )
    if hashlib.sha256(data).hexdigest() != entry["sha256"]:
        raise CompressionError(f"{path}.safetensors: is damaged (SHA-256). Make it anew.")
    tensors = unpacked(data)
    network = _filled(build(), _part(tensors, "network."))
    masks = {name: mask.bool() for name, mask in _part(tensors, "masks.").items()}
    scales = _part(tensors, "scales.")
    levels = {
        name: Levels(kind, bits, _scale(scales[name]), zero)
        for name, (kind, bits, zero) in entry["levels"].items()
    }
    snapshots = tuple(
        _filled(build(), _part(tensors, f"snapshots.{number}."))
        for number in range(entry["snapshots"])
    )
    return Subject(network, Marks(masks, levels, entry["tied"]), snapshots), entry


def _filled(network: nn.Module, state: Mapping[str, Tensor]) -> nn.Module:
    """*network* in the shapes and with the values of *state*, in evaluation mode."""
    take_shapes(network, state)
    network.load_state_dict(state)
    return network.eval()


def take_shapes(network: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Give *network*'s modules parameters and buffers of the shapes in *state*, values unset."""
    for name, module in network.named_modules():
        own = {
            key: state[f"{name}.{key}" if name else key]
            for key in ("weight", "bias", "running_mean", "running_var")
            if (f"{name}.{key}" if name else key) in state
        }
        for key, tensor in own.items():
            empty = torch.empty_like(tensor)
            is_buffer = key.startswith("running")
            setattr(module, key, empty if is_buffer else nn.Parameter(empty))
        if "weight" in own:
            _count_channels(module, own["weight"])


def _count_channels(module: nn.Module, weight: Tensor) -> None:
    """The numbers that a module keeps beside its weight."""
    if isinstance(module, nn.Conv2d):
        if module.groups > 1:  # depthwise: a group a channel
            module.groups = len(weight)
        module.out_channels, module.in_channels = len(weight), weight.shape[1] * module.groups
    elif isinstance(module, nn.Linear):
        module.out_features, module.in_features = weight.shape
    elif isinstance(module, nn.BatchNorm2d):
        module.num_features = len(weight)


def write_whole(path: Path, data: bytes) -> None:
    """A file that is there is whole."""
    unfinished = path.with_suffix(path.suffix + ".tmp")
    unfinished.write_bytes(data)
    unfinished.replace(path)


def _part(tensors: Mapping[str, Tensor], head: str) -> dict[str, Tensor]:
    return {name.removeprefix(head): one for name, one in tensors.items() if name.startswith(head)}


def _scale(scale: Tensor) -> float | Tensor:
    return scale if scale.dim() else float(scale)
