"""Where a run computes: which device, which numbers, and one process of how many."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor, nn

LONGEST_WAIT = timedelta(hours=12)  # others wait while the first process draws examples
PRECISIONS = ("auto", "float32", "bf16")


@dataclass(frozen=True, slots=True)
class Machine:
    """rank: of *world* processes, the one of rank 0 draws, writes and speaks. bf16: half-wide
    numbers where torch deems them safe.
    """

    device: torch.device
    bf16: bool = False
    rank: int = 0
    world: int = 1

    @property
    def first(self) -> bool:
        """Whether this process is the one that writes."""
        return self.rank == 0

    def cast(self) -> AbstractContextManager[object]:
        """Within it, the network computes at this machine's precision."""
        return torch.autocast(self.device.type, torch.bfloat16) if self.bf16 else nullcontext()

    def shared(self, network: nn.Module) -> nn.Module:
        """*network*, its gradients averaged over all processes."""
        if self.world == 1:
            return network
        places = [self.device] if self.device.type == "cuda" else None
        return nn.parallel.DistributedDataParallel(network, device_ids=places)

    def agree(self, *networks: nn.Module) -> None:
        """Give every process what the first has; statistics of batches drift apart otherwise."""
        if self.world > 1:
            for network in networks:
                for tensor in network.state_dict().values():
                    dist.broadcast(tensor, 0)

    def wait(self) -> None:
        """Until all processes are here."""
        if self.world > 1:
            dist.barrier()

    def here(self, tensor: Tensor) -> Tensor:
        """*tensor* on this machine's device."""
        return tensor.to(self.device, non_blocking=True)


@contextmanager
def machine(
    *, device: str = "auto", precision: str = "auto", threads: int = 1
) -> Iterator[Machine]:
    """The machine of this process, alone or one of several that `torchrun` started.

    The same device, threads and number of processes give the same bits.
    """
    torch.set_num_threads(threads)
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS repeats itself only so
    torch.use_deterministic_algorithms(mode=True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    torch.backends.cudnn.benchmark = False
    world = int(os.environ.get("WORLD_SIZE", "1"))
    name = device if device != "auto" else "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda":
        name = f"cuda:{os.environ.get('LOCAL_RANK', '0')}"
    place = torch.device(name)
    bf16 = precision == "bf16" or (precision == "auto" and place.type == "cuda")
    if world == 1:
        yield Machine(place, bf16)
        return
    if place.type == "cuda":
        torch.cuda.set_device(place)
    dist.init_process_group("nccl" if place.type == "cuda" else "gloo", timeout=LONGEST_WAIT)
    try:
        yield Machine(place, bf16, dist.get_rank(), world)
    finally:
        dist.destroy_process_group()
