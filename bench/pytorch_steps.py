"""The bare PyTorch loop for the same training steps: mix, forward, cross-entropy in closed form, SGD. Prints JSON."""

import json
import time

import torch


def milliseconds(classes: int, size: int, batch: int, steps: int) -> float:
    features = torch.rand(2000, size)
    weight, bias = torch.randn(classes, size) / size**0.5, torch.zeros(classes)
    first = torch.arange(batch) * 7 % 2000
    second = torch.arange(batch) * 13 % 2000
    labels = torch.arange(batch) % classes
    rows = torch.arange(batch)

    def step() -> None:
        x = 0.8 * features[first] + 0.2 * features[second]
        error = torch.softmax(torch.addmm(bias, x, weight.T), 1)
        error[rows, labels] -= 1
        weight.addmm_(error.T, x, alpha=-1e-4 / batch)
        bias.add_(error.sum(0), alpha=-1e-4 / batch)

    times = []
    for _ in range(7):
        start = time.perf_counter()
        for _ in range(steps):
            step()
        times.append((time.perf_counter() - start) / steps * 1000)
    return sorted(times)[len(times) // 2]


torch.set_grad_enabled(False)
sizes = [(10, 128, 64, 100), (100, 512, 128, 20), (1000, 2048, 256, 3)]
print(json.dumps({f"{k},{d},{n}": milliseconds(k, d, n, steps) for k, d, n, steps in sizes}))
