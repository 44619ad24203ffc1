"""The networks: the example's CNN for Fashion-MNIST, and for CIFAR the paper's Wide ResNet (Zagoruyko and Komodakis, 2016)."""

import sys
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "fashion-mnist-lt"
sys.path.insert(0, str(EXAMPLE))
from train import Net  # noqa: E402


class Block(nn.Module):
    """Two convolutions after batch-norm and ReLU each, around which the input is added."""

    def __init__(self, before: int, after: int, stride: int):
        super().__init__()
        self.norm1, self.norm2 = nn.BatchNorm2d(before), nn.BatchNorm2d(after)
        self.conv1 = nn.Conv2d(before, after, 3, stride, 1, bias=False)
        self.conv2 = nn.Conv2d(after, after, 3, 1, 1, bias=False)
        self.shortcut = None if before == after else nn.Conv2d(before, after, 1, stride, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        seen = F.relu(self.norm1(x))
        around = x if self.shortcut is None else self.shortcut(seen)
        return around + self.conv2(F.relu(self.norm2(self.conv1(seen))))


class WideResNet(nn.Module):
    """WRN-depth-width; `fc` is the head that SelMix tunes."""

    def __init__(self, classes: int, depth: int = 28, width: int = 2):
        super().__init__()
        sizes = [16, 16 * width, 32 * width, 64 * width]
        blocks = [
            Block(sizes[stage] if first else sizes[stage + 1], sizes[stage + 1], 2 if first and stage > 0 else 1)
            for stage in range(3)
            for first in [True, *[False] * ((depth - 4) // 6 - 1)]
        ]
        self.body = nn.Sequential(nn.Conv2d(3, 16, 3, padding=1, bias=False), *blocks, nn.BatchNorm2d(sizes[3]), nn.ReLU())
        self.fc = nn.Linear(sizes[3], classes)

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """What enters the head, [N, features]."""
        return self.body(x).mean((2, 3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(self.features(x))


def network_for(channels: int, classes: int) -> nn.Module:
    network = WideResNet(classes) if channels == 3 else Net(64, classes)
    return network.to(memory_format=torch.channels_last)  # twice as fast on a processor
