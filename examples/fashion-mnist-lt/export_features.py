"""Write the features that enter a checkpoint's last layer, as three tables that SelMix reads.

    python export_features.py checkpoints/epoch-10.safetensors features

Each of train, validation and test .safetensors holds "features" [N, d] (F16) and "labels" [N] (I64).
Pass the --imbalance and --seed that train.py ran with.
"""

import argparse
import os
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from train import DATA, Net, read_split, split_indices


def load_model(checkpoint: Path) -> Net:
    state = load_file(checkpoint) if checkpoint.suffix == ".safetensors" else torch.load(checkpoint, weights_only=True)
    model = Net(features=state["fc.weight"].shape[1])
    model.load_state_dict(state)
    return model.eval()


@torch.no_grad()
def extract(model: Net, images: torch.Tensor) -> torch.Tensor:
    return torch.cat([model.features(x) for x in images.split(1000)])


def save_table(path: Path, features: torch.Tensor, labels: torch.Tensor) -> None:
    temporary = path.with_name(f".{path.name}.tmp")
    save_file({"features": features.half().contiguous(), "labels": labels.contiguous()}, temporary)
    os.replace(temporary, path)
    print(f"{path}: {len(labels)} x {features.shape[1]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--data", default=DATA, help="folder with Fashion-MNIST's four .gz files")
    parser.add_argument("--imbalance", type=float, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    options.out.mkdir(parents=True, exist_ok=True)
    model = load_model(options.checkpoint)
    images, labels = read_split(options.data, "train")
    for name, rows in zip(("train", "validation"), split_indices(labels, options.imbalance, options.seed)):
        save_table(options.out / f"{name}.safetensors", extract(model, images[rows]), labels[rows])
    images, labels = read_split(options.data, "t10k")
    save_table(options.out / "test.safetensors", extract(model, images), labels)


if __name__ == "__main__":
    main()
