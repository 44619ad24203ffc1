"""The rivals that train a head on the same features: cRT (Kang et al., 2020) and balanced logistic regression.

    python bench/paper/heads.py

Each is fitted to the labelled rows, and to those with the unlabelled ones that the checkpoint is sure of; in a setting's folder
rivals/<rival>-<rows>[-<C>].safetensors. Which of them a rival is, and its offsets, are chosen on validation (measure.ts).
"""

import argparse
import os
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits
from torch.nn import functional as F

from fixmatch import CONFIDENCE

ROOT = Path(__file__).resolve().parents[2]
STRENGTHS = [0.01, 0.1, 1.0]
"""C of the logistic regression: the inverse of what weights cost."""
STEPS, BATCH, RATE = 2000, 64, 0.1

Rows = tuple[torch.Tensor, torch.Tensor]


def rows_of(folder: Path) -> dict[str, Rows]:
    train, more = load_file(folder / "train.safetensors"), load_file(folder / "unlabelled.safetensors")["features"]
    head = load_file(folder / "head.safetensors")
    probability, guess = (more @ head["fc.weight"].T + head["fc.bias"]).softmax(1).max(1)
    sure = probability >= CONFIDENCE
    labelled = train["features"], train["labels"]
    return {"labelled": labelled, "pseudo": (torch.cat([labelled[0], more[sure]]), torch.cat([labelled[1], guess[sure]]))}


def retrained(rows: Rows, classes: int, seed: int) -> Rows:
    """cRT: a head from nothing, by cross-entropy with every class drawn equally often; the rate falls to 0 along a cosine."""
    x, y = rows
    torch.manual_seed(seed)
    head = torch.nn.Linear(x.shape[1], classes)
    optimizer = torch.optim.SGD(head.parameters(), RATE, 0.9, weight_decay=5e-4)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
    weights = 1 / y.bincount(minlength=classes)[y]
    for some in weights.multinomial(STEPS * BATCH, True).split(BATCH):
        optimizer.zero_grad()
        F.cross_entropy(head(x[some]), y[some]).backward()
        optimizer.step()
        schedule.step()
    return head.weight.detach(), head.bias.detach()


def regressed(rows: Rows, strength: float) -> Rows:
    """Logistic regression on standardised features, every class weighing the same, as a head for the features as they are."""
    x, y = (part.numpy() for part in rows)
    mean, scale = x.mean(0), x.std(0) + 1e-6
    fitted = LogisticRegression(C=strength, class_weight="balanced", max_iter=1000).fit((x - mean) / scale, y)
    weight = fitted.coef_ / scale
    return tuple(torch.from_numpy(part.astype(np.float32)) for part in (weight, fitted.intercept_ - weight @ mean))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, default=ROOT / ".cache" / "paper", help="where the settings' folders are")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    threadpool_limits(options.threads)
    for folder in sorted(path.parent for path in options.home.glob("*/head.safetensors")):
        seed, classes = int(folder.name.split("-seed")[1]), len(load_file(folder / "head.safetensors")["fc.bias"])
        (folder / "rivals").mkdir(exist_ok=True)
        for which, rows in rows_of(folder).items():
            fits = {f"crt-{which}": lambda rows=rows: retrained(rows, classes, seed)}
            fits |= {f"balancedLr-{which}-{strength:g}": lambda rows=rows, strength=strength: regressed(rows, strength) for strength in STRENGTHS}
            for name, fit in fits.items():
                target = folder / "rivals" / f"{name}.safetensors"
                if target.exists():
                    continue
                weight, bias = fit()
                save_file({"fc.weight": weight.contiguous(), "fc.bias": bias.contiguous()}, target.with_suffix(".tmp"))
                os.replace(target.with_suffix(".tmp"), target)
        print(f"{folder.name}: rivals fitted", flush=True)


if __name__ == "__main__":
    main()
