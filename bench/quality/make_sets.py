"""Make the four long-tailed feature sets of the quality table, in .cache/quality/ (about 5 minutes on one core).

    pip install torch==2.13.0 numpy safetensors
    python bench/quality/make_sets.py

Each set is a CNN with 128 features trained by the example's train.py, frozen: train, validation pool
(1000 a class, disjoint from train; runs draw their validation sets from it) and the official test images.
A set is skipped when its files are there already. The method was developed on other sets than the table's:

    python bench/quality/make_sets.py --sets lt100-seed3 lt10-seed1 --out .cache/quality-development
"""

import argparse
import re
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "examples" / "fashion-mnist-lt"))
from export_features import extract, save_table  # noqa: E402
from train import DATA, read_split, recalls, split_indices, train_model  # noqa: E402

SETS = ["lt100-seed0", "lt100-seed1", "lt100-seed2", "lt10-seed0"]


def imbalance_and_seed(name: str) -> tuple[float, int]:
    match = re.fullmatch(r"lt(\d+)-seed(\d+)", name)
    if match is None:
        raise SystemExit(f"{name!r} is not like lt100-seed0 (imbalance and seed)")
    return float(match[1]), int(match[2])


def make(folder: Path, data: str, imbalance: float, seed: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    images, labels = read_split(data, "train")
    test_images, test_labels = read_split(data, "t10k")
    train, pool = split_indices(labels, imbalance, seed, held_out=1000)
    model = train_model(images[train], labels[train], features=128, epochs=10, seed=seed).eval()
    recall = recalls(model, test_images, test_labels)
    print(f"{folder.name}: test recall mean {recall.mean():.3f}, worst {recall.min():.3f}", flush=True)
    save_table(folder / "train.safetensors", extract(model, images[train]), labels[train])
    save_table(folder / "pool.safetensors", extract(model, images[pool]), labels[pool])
    save_table(folder / "test.safetensors", extract(model, test_images), test_labels)
    # Last, so that its presence means that the set is complete.
    save_file({"fc.weight": model.fc.weight.detach().clone(), "fc.bias": model.fc.bias.detach().clone()}, folder / "head.safetensors")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=DATA, help="folder with Fashion-MNIST's four .gz files")
    parser.add_argument("--out", type=Path, default=ROOT / ".cache" / "quality")
    parser.add_argument("--sets", nargs="+", default=SETS, help="sets to make, as lt<imbalance>-seed<seed>")
    parser.add_argument("--threads", type=int, default=1, help="with more, sums round otherwise and other networks come out")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    for name in options.sets:
        imbalance, seed = imbalance_and_seed(name)
        if not (options.out / name / "head.safetensors").exists():
            make(options.out / name, options.data, imbalance, seed)


if __name__ == "__main__":
    main()
