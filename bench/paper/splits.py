"""The paper's splits: labelled rows that are long-tailed, unlabelled ones of that or another class distribution, and a balanced validation set."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Plan:
    """Rows of the largest class among the labelled and the unlabelled, of each class in validation, and how uneven the labelled are."""

    labelled: int
    unlabelled: int
    validation: int
    imbalance: float


@dataclass
class Split:
    """Rows of the official training set; no row is in two of them."""

    labelled: np.ndarray
    unlabelled: np.ndarray
    validation: np.ndarray


def class_counts(classes: int, largest: int, imbalance: float) -> list[int]:
    """largest * imbalance^(-k / (K - 1)); with an imbalance below 1 the last class is the largest."""
    ends = np.arange(classes) / (classes - 1)
    if imbalance < 1:
        return class_counts(classes, largest, 1 / imbalance)[::-1]
    return [round(largest * imbalance**-end) for end in ends]


def split_rows(labels: np.ndarray, plan: Plan, unlabelled_imbalance: float, seed: int) -> Split:
    """Validation is the last rows of each class, whatever the seed; the seed draws the others from what is left."""
    random = np.random.default_rng(seed)
    classes = int(labels.max()) + 1
    counts = class_counts(classes, plan.labelled, plan.imbalance)
    more = class_counts(classes, plan.unlabelled, unlabelled_imbalance)
    parts: tuple[list, list, list] = ([], [], [])
    for k in range(classes):
        rows = np.flatnonzero(labels == k)
        if len(rows) < counts[k] + more[k] + plan.validation:
            raise SystemExit(f"class {k} has {len(rows)} training images, and {counts[k] + more[k] + plan.validation} are wanted: use the whole set.")
        parts[2].append(rows[-plan.validation :])
        drawn = random.permutation(rows[: -plan.validation])
        parts[0].append(drawn[: counts[k]])
        parts[1].append(drawn[counts[k] : counts[k] + more[k]])
    return Split(*(np.concatenate(part) for part in parts))
