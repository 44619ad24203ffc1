"""The same training steps in PyTorch, as a user's loop and as bare arithmetic. Prints milliseconds a step as JSON."""

import json
import time
from collections.abc import Callable

import torch
from torch.nn.functional import cross_entropy

Step = Callable[[], None]


def loop(classes: int, size: int, batch: int) -> Step:
    """What one writes: mix, a linear layer, cross-entropy, backward, SGD."""
    features, first, second, labels = data(classes, size, batch)
    head = torch.nn.Linear(size, classes)
    optimizer = torch.optim.SGD(head.parameters(), lr=1e-4)

    def step() -> None:
        x = 0.8 * features[first] + 0.2 * features[second]
        optimizer.zero_grad()
        cross_entropy(head(x), labels).backward()
        optimizer.step()

    return step


def arithmetic(classes: int, size: int, batch: int) -> Step:
    """The least there is to compute: the gradient in closed form, added to the head in place, without autograd."""
    features, first, second, labels = data(classes, size, batch)
    weight, bias = torch.randn(classes, size) / size**0.5, torch.zeros(classes)
    rows = torch.arange(batch)

    @torch.no_grad()
    def step() -> None:
        x = 0.8 * features[first] + 0.2 * features[second]
        error = torch.softmax(torch.addmm(bias, x, weight.T), 1)
        error[rows, labels] -= 1
        weight.addmm_(error.T, x, alpha=-1e-4 / batch)
        bias.add_(error.sum(0), alpha=-1e-4 / batch)

    return step


def data(classes: int, size: int, batch: int) -> tuple[torch.Tensor, ...]:
    rows = torch.arange(batch)
    return torch.rand(2000, size), rows * 7 % 2000, rows * 13 % 2000, rows % classes


def milliseconds(step: Step, steps: int) -> float:
    times = []
    for _ in range(9):
        start = time.perf_counter()
        for _ in range(steps):
            step()
        times.append((time.perf_counter() - start) / steps * 1000)
    return sorted(times)[len(times) // 2]


sizes = [(10, 128, 64, 100), (100, 512, 128, 40), (1000, 2048, 256, 10)]
print(
    json.dumps(
        {
            f"{k},{d},{n}": {
                "loop": milliseconds(loop(k, d, n), steps),
                "arithmetic": milliseconds(arithmetic(k, d, n), steps),
            }
            for k, d, n, steps in sizes
        }
    )
)
