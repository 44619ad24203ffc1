"""A FixMatch-like trainer (Sohn et al., 2020), with logit-adjusted cross-entropy on the labelled images (Menon et al., 2021).

Each step takes BATCH labelled images, weakly augmented, and RATIO times as many unlabelled ones. Where the network is confident about
an unlabelled image, weakly augmented, it learns that label for the same image strongly augmented.
"""

import math

import torch
from torch import nn
from torch.nn import functional as F

BATCH, RATIO, CONFIDENCE = 64, 3, 0.95
RATE, MOMENTUM, DECAY = 0.03, 0.9, 5e-4
SHIFT = 2 / 28
"""Share of an image's side by which it moves, weakly augmented."""


def moved(images: torch.Tensor, turn: float, stretch: float, shift: float) -> torch.Tensor:
    """Each image [N,C,H,W] mirrored or not, turned by up to `turn` radians, scaled by up to 1 +- `stretch`, and shifted by up to a share of its side."""
    count = len(images)
    uniform = lambda most: (2 * torch.rand(count, device=images.device) - 1) * most
    angle, scale, mirror = uniform(turn), 1 + uniform(stretch), uniform(1).sign()
    cos, sin = scale * angle.cos(), scale * angle.sin()
    rows = [torch.stack([mirror * cos, -sin, uniform(2 * shift)], 1), torch.stack([mirror * sin, cos, uniform(2 * shift)], 1)]
    grid = F.affine_grid(torch.stack(rows, 1), list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, padding_mode="border", align_corners=False)


def weak(images: torch.Tensor) -> torch.Tensor:
    return moved(images, 0, 0, SHIFT)


def strong(images: torch.Tensor) -> torch.Tensor:
    """Turned, scaled, shifted, in another contrast, and with a square of half the side erased."""
    count, _channels, height, width = images.shape
    device = images.device
    contrast = torch.empty(count, 1, 1, 1, device=device).uniform_(0.5, 1.5)
    seen = moved(images, math.pi / 9, 0.2, 2 * SHIFT) * contrast
    inside = [
        (torch.arange(side, device=device) - torch.randint(side, (count, 1), device=device)).abs() < side // 4 for side in (height, width)
    ]
    return seen.masked_fill((inside[0][:, :, None] & inside[1][:, None, :])[:, None], 0)


def train_network(
    network: nn.Module, images: torch.Tensor, labels: torch.Tensor, unlabelled: torch.Tensor, steps: int, seed: int, on_step=lambda step, sure: None
) -> None:
    """Images [N,C,H,W], normalised, on the network's device. on_step(step, sure) is told the share of unlabelled images that were learned from."""
    torch.manual_seed(seed)
    log_prior = labels.bincount().clamp(min=1).float().log().log_softmax(0)
    optimizer = torch.optim.SGD(network.parameters(), RATE, MOMENTUM, weight_decay=DECAY, nesterov=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: math.cos(7 * math.pi * step / (16 * steps)))
    network.train()
    for step in range(1, steps + 1):
        rows, others = torch.randint(len(labels), (BATCH,)), torch.randint(len(unlabelled), (RATIO * BATCH,))
        again = unlabelled[others]
        with torch.no_grad():
            probability, guess = network(weak(again)).softmax(1).max(1)
        sure = (probability >= CONFIDENCE).float()
        known, guessed = network(torch.cat([weak(images[rows]), strong(again)])).split([BATCH, len(others)])
        loss = F.cross_entropy(known + log_prior, labels[rows])
        loss = loss + (sure * F.cross_entropy(guessed, guess, reduction="none")).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        on_step(step, sure.mean().item())
    network.eval()
