"""Heads whose logits are cosines, as they are written in code for long-tailed and face recognition."""

import torch
from torch import nn
from torch.nn.functional import linear, normalize


class NormedLinear(nn.Module):
    """As LDAM-DRW has it: weight [d, K], and cosines that the loss multiplies."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(inputs, outputs).uniform_(-1, 1))

    def forward(self, x):
        return normalize(x, dim=1) @ normalize(self.weight, dim=0)


class CosineLinear(nn.Module):
    """As ArcFace and its like have it: weight [K, d]."""

    def __init__(self, inputs, outputs, scale):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs).normal_())
        self.scale = scale

    def forward(self, x):
        return self.scale * linear(normalize(x), normalize(self.weight))
