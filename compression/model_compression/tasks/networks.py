"""The networks that methods are tried on.

`lenet5` and `mlp300` are those of the papers: 430,500 and 266,200 weights without biases. For
`resnet56` and `resnet18`, where many headlines live, two cores are too few.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence

from torch import Tensor, nn

from classifier.models.multiview import MultiView
from classifier.training.config import read_config
from classifier.training.examples import WEAPON_SHAPED


def lenet5(classes: int = 10) -> nn.Module:
    """20-50-500-10, for (B, 1, 28, 28).

    Source: LeCun et al., Proc. IEEE 86 (1998), in the widths of Caffe's example, which every paper
    on LeNet-5 of the reference list counts from.
    """
    return nn.Sequential(OrderedDict([
        ("conv1", nn.Conv2d(1, 20, 5)), ("relu1", nn.ReLU()), ("pool1", nn.MaxPool2d(2)),
        ("conv2", nn.Conv2d(20, 50, 5)), ("relu2", nn.ReLU()), ("pool2", nn.MaxPool2d(2)),
        ("flatten", nn.Flatten()),  # 50 channels of 4 x 4
        ("fc1", nn.Linear(800, 500)), ("relu3", nn.ReLU()),
        ("fc2", nn.Linear(500, classes)),
    ]))  # fmt: skip


def mlp300(classes: int = 10) -> nn.Module:
    """784-300-100-10, for (B, 1, 28, 28). Source: LeCun et al., 1998, as LeNet-300-100."""
    return nn.Sequential(OrderedDict([
        ("flatten", nn.Flatten()),
        ("fc1", nn.Linear(784, 300)), ("relu1", nn.ReLU()),
        ("fc2", nn.Linear(300, 100)), ("relu2", nn.ReLU()),
        ("fc3", nn.Linear(100, classes)),
    ]))  # fmt: skip


class Block(nn.Module):
    """Two convolutions beside a shortcut; *narrow* in the middle when *depthwise*."""

    def __init__(self, before: int, channels: int, stride: int, *, depthwise: bool) -> None:
        super().__init__()
        groups = channels if depthwise else 1
        self.conv1 = nn.Conv2d(before, channels, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, groups=groups, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.shortcut = nn.Sequential()
        if stride != 1 or before != channels:
            conv = nn.Conv2d(before, channels, 1, stride=stride, bias=False)
            self.shortcut = nn.Sequential(conv, nn.BatchNorm2d(channels))
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """(B, before, H, W) -> (B, channels, H / stride, W / stride)."""
        beside = self.shortcut(x)
        x = self.relu(self.bn1(self.conv1(x)))
        return self.relu(self.bn2(self.conv2(x)) + beside)  # type: ignore[no-any-return]


def _residual(widths: Sequence[int], blocks: int, classes: int, light: int = 0) -> nn.Module:
    """A stem of 3 x 3, then *blocks* blocks of each of *widths*, for (B, 3, H, W).

    Each width after the first halves the picture. light: how many of the last blocks are depthwise.
    """
    layers: dict[str, nn.Module] = {
        "conv": nn.Conv2d(3, widths[0], 3, padding=1, bias=False),
        "bn": nn.BatchNorm2d(widths[0]),
        "relu": nn.ReLU(),
    }
    before, total = widths[0], blocks * len(widths)
    for at in range(total):
        channels = widths[at // blocks]
        stride = 2 if at and at % blocks == 0 else 1
        layers[f"block{at + 1}"] = Block(before, channels, stride, depthwise=at >= total - light)
        before = channels
    layers |= {
        "pool": nn.AdaptiveAvgPool2d(1),
        "flatten": nn.Flatten(),
        "fc": nn.Linear(before, classes),
    }
    return nn.Sequential(OrderedDict(layers))


def micro_resnet(classes: int = 10) -> nn.Module:
    """Widths 16, 32 and 64, a block each, for (B, 3, H, W).

    Has what a graph tracer must follow: batch norm, sums, a shortcut with a stride, a depthwise
    convolution (in the last block). Source: He et al., CVPR 2016, arXiv 1512.03385, made smaller.
    """
    return _residual((16, 32, 64), 1, classes, light=1)


def resnet56(classes: int = 10) -> nn.Module:
    """Widths 16, 32 and 64, nine blocks each, for (B, 3, 32, 32): 0.85 million weights.

    Source: He et al., arXiv 1512.03385, section 4.2; where widths change the shortcut is a
    convolution (their option B) instead of zeros, so that channels can leave there too.
    """
    return _residual((16, 32, 64), 9, classes)


def resnet18(classes: int = 10) -> nn.Module:
    """Widths 64 to 512, two blocks each, for (B, 3, 32, 32): 11.2 million weights.

    Source: He et al., arXiv 1512.03385, table 1, with the stem of 3 x 3 and stride 1 that papers
    on CIFAR give it.
    """
    return _residual((64, 128, 256, 512), 2, classes)


def detector() -> nn.Module:
    """The network that looks at prints, in the widths that ship."""
    return MultiView(len(WEAPON_SHAPED), read_config().network)


NETWORKS: Mapping[str, Callable[[], nn.Module]] = {
    "lenet5": lenet5, "mlp300": mlp300, "micro-resnet": micro_resnet, "resnet56": resnet56,
    "resnet18": resnet18, "detector": detector,
}  # fmt: skip
"""Those that need no data to be built."""
