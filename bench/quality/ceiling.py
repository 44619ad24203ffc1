"""How high worst-class recall can come at all on the table's sets: heads that saw what no method is given.

    python bench/quality/ceiling.py

On the frozen features of each set of make_sets.py, worst-class recall on test of: the best logit adjustment; one offset a
class tuned on the whole pool (1000 samples a class) and on test itself; and the same on top of a head trained on the
pool with cross-entropy. What is tuned on test is a bound and no method: its samples are the ones it is counted on.
"""

import argparse
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch.nn import functional as F

SHARPNESS = 50
MOVES = 400


def table(path: Path) -> tuple[torch.Tensor, torch.Tensor]:
    tensors = load_file(path)
    return tensors["features"].float(), tensors["labels"].long()


def recalls(hits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Mean of hits [N] over the samples of each class."""
    return torch.stack([hits[labels == k].float().mean() for k in range(int(labels.max()) + 1)])


def worst(logits: torch.Tensor, labels: torch.Tensor) -> float:
    return recalls(logits.argmax(1) == labels, labels).min().item()


def best_offset(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """One offset a class: ascent on a smoothed least recall that sharpens, the best by hard counts on the way."""
    top = logits.topk(2).values
    spread = (top[:, 0] - top[:, 1]).std()
    offset = torch.zeros(logits.shape[1], requires_grad=True)
    optimizer = torch.optim.Adam([offset], lr=0.03 * spread.item())
    best, kept = -1.0, offset.detach().clone()
    for move in range(MOVES):
        width = spread * (0.35 - 0.3 * move / MOVES)
        hit = ((logits + offset) / width).softmax(1).gather(1, labels[:, None])[:, 0]
        least = -torch.logsumexp(-SHARPNESS * recalls(hit, labels), 0) / SHARPNESS
        now = worst((logits + offset).detach(), labels)
        if now > best:
            best, kept = now, offset.detach().clone()
        optimizer.zero_grad()
        (-least).backward()
        optimizer.step()
    return kept


def trained(weight: torch.Tensor, bias: torch.Tensor, features: torch.Tensor, labels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The head after cross-entropy on features, held near where it began."""
    w, b = weight.clone().requires_grad_(), bias.clone().requires_grad_()
    optimizer = torch.optim.LBFGS([w, b], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        value = F.cross_entropy(features @ w.T + b, labels) + 1e-3 * (w - weight).square().sum()
        value.backward()
        return value

    optimizer.step(loss)
    return w.detach(), b.detach()


def measure(folder: Path) -> dict[str, float]:
    (_, train_labels), pool, test = (table(folder / f"{which}.safetensors") for which in ("train", "pool", "test"))
    head = load_file(folder / "head.safetensors")
    weight, bias = head["fc.weight"], head["fc.bias"]
    prior = (torch.bincount(train_labels) / len(train_labels)).log()
    taus = [step / 20 for step in range(61)]
    tau = max(taus, key=lambda tau: worst(pool[0] @ weight.T + bias - tau * prior, pool[1]))
    result = {"logit adjustment (pool)": worst(test[0] @ weight.T + bias - tau * prior, test[1])}
    for name, (w, b) in {
        "checkpoint": (weight, bias - prior),
        "trained on pool": trained(weight, bias - prior, *pool),
    }.items():
        on_pool, on_test = pool[0] @ w.T + b, test[0] @ w.T + b
        result[f"{name}, offset on pool"] = worst(on_test + best_offset(on_pool, pool[1]), test[1])
        result[f"{name}, offset on test"] = worst(on_test + best_offset(on_test, test[1]), test[1])
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=Path, default=Path(__file__).resolve().parents[2] / ".cache" / "quality")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    folders = sorted(path for path in options.sets.iterdir() if path.is_dir())
    results = [measure(folder) for folder in folders]
    for name in results[0]:
        values = [100 * result[name] for result in results]
        print(f"{name:32s}{sum(values) / len(values):6.2f}   " + " ".join(f"{value:.1f}" for value in values))


if __name__ == "__main__":
    main()
