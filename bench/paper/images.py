"""Images as their makers hand them out: Fashion-MNIST's idx files, and the binary layout of CIFAR-10 and CIFAR-100."""

import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np

PIXELS = 3 * 32 * 32


@dataclass
class Images:
    """Images [N,C,H,W] in bytes and labels [N] of the official training and test sets."""

    train: np.ndarray
    train_labels: np.ndarray
    test: np.ndarray
    test_labels: np.ndarray


def fashion_mnist(folder: Path) -> Images:
    """The four .gz files, as Debian's dataset-fashion-mnist has them."""

    def read(name: str, offset: int) -> np.ndarray:
        with gzip.open(folder / f"{name}-ubyte.gz") as file:
            return np.frombuffer(file.read(), np.uint8, offset=offset)

    both = [(read(f"{name}-images-idx3", 16).reshape(-1, 1, 28, 28), read(f"{name}-labels-idx1", 8)) for name in ("train", "t10k")]
    return Images(*both[0], *both[1])


def cifar10(folder: Path) -> Images:
    """data_batch_1.bin to data_batch_5.bin and test_batch.bin: rows of a label and 3 x 32 x 32 bytes."""
    batches = [records(folder / f"data_batch_{number}.bin", 1, 10) for number in range(1, 6)]
    return Images(*(np.concatenate(parts) for parts in zip(*batches)), *records(folder / "test_batch.bin", 1, 10))


def cifar100(folder: Path) -> Images:
    """train.bin and test.bin: rows of a coarse label, a fine label, which is the class, and 3 x 32 x 32 bytes."""
    return Images(*records(folder / "train.bin", 2, 100), *records(folder / "test.bin", 2, 100))


def records(file: Path, labels: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Images and the last of the labels of each row."""
    if not file.exists():
        raise SystemExit(f"{file} is missing: unpack the binary version of the set, and name the folder that holds its .bin files.")
    content = np.fromfile(file, np.uint8)
    width = labels + PIXELS
    if len(content) == 0 or len(content) % width != 0:
        raise SystemExit(f"{file} has {len(content)} bytes, which are no rows of {width}: download the set again.")
    rows = content.reshape(-1, width)
    found = rows[:, labels - 1]
    if found.max() >= classes:
        raise SystemExit(f"{file} has the label {found.max()} where there are {classes} classes: name the folder of the other CIFAR set.")
    return rows[:, labels:].reshape(-1, 3, 32, 32), found
