"""A setting: a set, how uneven its unlabelled images are, and a seed; its folder holds all that is made of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import torch

from images import Images, cifar10, cifar100, fashion_mnist
from networks import network_for
from splits import Plan, split_rows

DATA = "/usr/share/datasets/fashion-mnist"  # Debian's dataset-fashion-mnist
READERS: dict[str, tuple[Callable[[Path], Images], Plan]] = {
    "fashion-mnist": (fashion_mnist, Plan(1500, 3000, 500, 100)),
    "cifar10": (cifar10, Plan(1500, 3000, 500, 100)),
    "cifar100": (cifar100, Plan(150, 300, 50, 10)),
}
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
Sets = dict[str, tuple[torch.Tensor, torch.Tensor]]


@dataclass(frozen=True)
class Setting:
    data: str
    """How uneven the unlabelled images are: as the labelled ones are, not at all, or the other way round."""
    unlabelled: float
    seed: int

    def folder(self, home: Path) -> Path:
        return home / f"{self.data}-u{self.unlabelled:g}-seed{self.seed}"

    def sets(self, source: Path) -> Sets:
        """Images [N,C,H,W], each channel with mean 0 and variance 1 over the labelled ones, and labels [N], by name of the set."""
        read, plan = READERS[self.data]
        images = read(source)
        split = split_rows(images.train_labels, plan, self.unlabelled, self.seed)
        sets = {name: (images.train[rows], images.train_labels[rows]) for name, rows in vars(split).items()}
        sets["test"] = (images.test, images.test_labels)
        mean, std = (getattr(sets["labelled"][0], measure)((0, 2, 3), keepdims=True) for measure in ("mean", "std"))
        return {name: (torch.tensor((x - mean) / std, dtype=torch.float32), torch.tensor(y, dtype=torch.long)) for name, (x, y) in sets.items()}


def unlabelled_imbalances(data: str) -> list[float]:
    imbalance = READERS[data][1].imbalance
    return [imbalance, 1, 1 / imbalance]


def opened_network(checkpoint: Path) -> torch.nn.Module:
    state = torch.load(checkpoint, weights_only=True)
    first = next(weight for weight in state.values() if weight.ndim == 4)
    network = network_for(first.shape[1], len(state["fc.bias"]))
    network.load_state_dict(state)
    return network.eval()
