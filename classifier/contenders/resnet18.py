"""ResNet-18 from torchvision, on one grey picture at a time.

Source: He et al., CVPR 2016, arXiv 1512.03385. As published: blocks, widths, depth. Ours: one
input channel, the labels as outputs, and a stem for small pictures, see `resnet18`. It starts
from random weights: nothing is downloaded, and photographs are far from X-rays of solids.
"""

from __future__ import annotations

from types import ModuleType

import torch
from torch import nn

from classifier.benchmark.prints import Contender
from classifier.contenders.planes import PlaneContender


def contender() -> Contender:
    """Untrained."""
    return PlaneContender("ResNet-18", resnet18)


def resnet18(labels: int, size_px: int) -> nn.Module:
    """(B, 1, S, S) -> (B, labels) logits.

    The published stem divides by four before the first block; that leaves 7 x 7 of 28 x 28
    pixels, and 1 x 1 for the last two stages. It is kept all the same: a finer stem costs four
    times the work, which a budget of CPU minutes turns into a quarter of the training.
    """
    network: nn.Module = torchvision_models().resnet18(weights=None, num_classes=labels)
    network.conv1 = nn.Conv2d(1, 64, 7, stride=2, padding=3, bias=False)
    return network


def torchvision_models() -> ModuleType:
    """`torchvision.models`, also where torchvision was built for another torch.

    The build on PyPI expects CUDA's torch and registers shadows of its operators on import; beside
    a CPU build that fails with "operator torchvision::nms does not exist". Declaring those two by
    hand lets it import; nothing here calls them.
    """
    try:
        from torchvision import models
    except RuntimeError:
        import sys

        for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
            del sys.modules[name]  # half imported
        for operator in ("nms", "qnms"):
            torch.library.define(
                f"torchvision::{operator}", "(Tensor dets, Tensor scores, float t) -> Tensor"
            )
        from torchvision import models
    module: ModuleType = models
    return module
