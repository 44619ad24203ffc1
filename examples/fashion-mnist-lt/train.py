"""Train a small CNN on a long-tailed Fashion-MNIST, one checkpoint per epoch.

    python train.py --out checkpoints --epochs 10 --format safetensors

Class k keeps n_0 * imbalance^(-k / 9) of its images (5000 down to 50 by default), so the
network is good on average and bad for the rare classes: what SelMix is there to repair.
"""

import argparse
import gzip
import os
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

DATA = "/usr/share/datasets/fashion-mnist"  # Debian's dataset-fashion-mnist; any copy of the four .gz files does
CLASSES = ["t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"]
LARGEST_CLASS = 5000


class Net(nn.Module):
    """Two convolutions, one hidden layer; `fc` is the head that SelMix tunes."""

    def __init__(self, features: int = 64, classes: int = 10):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.hidden = nn.Linear(32 * 7 * 7, features)
        self.fc = nn.Linear(features, classes)

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """What enters the head, [N, features]: after the ReLU."""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return F.relu(self.hidden(x.flatten(1)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(self.features(x))


def read_split(data: str, name: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Images [N,1,28,28] in about [-1, 1] and labels [N] of an idx pair ("train" or "t10k")."""
    with gzip.open(Path(data) / f"{name}-images-idx3-ubyte.gz") as file:
        images = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 1, 28, 28)
    with gzip.open(Path(data) / f"{name}-labels-idx1-ubyte.gz") as file:
        labels = np.frombuffer(file.read(), np.uint8, offset=8)
    return torch.from_numpy((images.astype(np.float32) - 72.9) / 90.0), torch.from_numpy(labels.astype(np.int64))


def class_counts(imbalance: float) -> list[int]:
    return [round(LARGEST_CLASS * imbalance ** (-k / (len(CLASSES) - 1))) for k in range(len(CLASSES))]


def split_indices(labels: torch.Tensor, imbalance: float, seed: int, held_out: int = 500) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows of the training file: a long-tailed training set, and a balanced validation set.

    Validation is the last `held_out` images of each class, whatever the seed, so that a forgotten
    --seed cannot leak it into training; the seed draws the training images from the others.
    """
    generator = torch.Generator().manual_seed(seed)
    train, validation = [], []
    for k, count in enumerate(class_counts(imbalance)):
        rows = (labels == k).nonzero()[:, 0]
        validation.append(rows[-held_out:])
        rows = rows[:-held_out]
        train.append(rows[torch.randperm(len(rows), generator=generator)[:count]])
    return torch.cat(train), torch.cat(validation)


def recalls(model: Net, images: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    model.eval()
    with torch.no_grad():
        predicted = torch.cat([model(x).argmax(1) for x in images.split(1000)])
    return torch.stack([(predicted[labels == k] == k).float().mean() for k in range(len(CLASSES))])


def save(model: Net, path: Path) -> None:
    """Write beside the target, then rename: whoever watches the folder never sees half a file."""
    temporary = path.with_name(f".{path.name}.tmp")
    if path.suffix == ".safetensors":
        from safetensors.torch import save_file

        save_file(model.state_dict(), temporary)
    else:
        torch.save(model.state_dict(), temporary)
    os.replace(temporary, path)


def train_model(images, labels, *, features=64, epochs=10, seed=0, on_epoch=lambda epoch, model, loss: None) -> Net:
    """Plain cross-entropy with SGD, nothing done about the imbalance; calls on_epoch after each epoch."""
    torch.manual_seed(seed)
    model = Net(features)
    batch = 128
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4, nesterov=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs * -(-len(labels) // batch))
    for epoch in range(1, epochs + 1):
        model.train()
        total = 0.0
        for rows in torch.randperm(len(labels)).split(batch):
            loss = F.cross_entropy(model(images[rows]), labels[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(rows)
        on_epoch(epoch, model, total / len(labels))
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=DATA, help="folder with Fashion-MNIST's four .gz files")
    parser.add_argument("--out", type=Path, default=Path("checkpoints"), help="folder for the checkpoints")
    parser.add_argument("--format", choices=["pt", "safetensors"], default="pt")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--imbalance", type=float, default=100, help="largest class over smallest")
    parser.add_argument("--features", type=int, default=64, help="size of the layer before the head")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    options.out.mkdir(parents=True, exist_ok=True)
    images, labels = read_split(options.data, "train")
    train, validation = split_indices(labels, options.imbalance, options.seed)
    print(f"training images per class: {class_counts(options.imbalance)}")
    started = time.time()

    def on_epoch(epoch: int, model: Net, loss: float) -> None:
        path = options.out / f"epoch-{epoch:02d}.{options.format}"
        save(model, path)
        recall = recalls(model, images[validation], labels[validation])
        print(
            f"epoch {epoch:2d}  loss {loss:.4f}  validation recall: mean {recall.mean():.3f}, "
            f"worst {recall.min():.3f} ({CLASSES[recall.argmin()]})  {time.time() - started:.0f} s  {path}",
            flush=True,
        )

    train_model(images[train], labels[train], features=options.features, epochs=options.epochs, seed=options.seed, on_epoch=on_epoch)


if __name__ == "__main__":
    main()
