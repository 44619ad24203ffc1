"""Train a checkpoint for each setting, and export what enters its head: a minute each for Fashion-MNIST on one core, hours on a GPU for CIFAR.

    pip install torch==2.13.0 numpy safetensors scikit-learn
    python bench/paper/checkpoints.py                                   # or --data cifar10 --source <folder of the .bin files>

A folder <set>-u<imbalance of the unlabelled>-seed<n> gets checkpoint.pt, head.safetensors, the features of all sets, and selmix.json. A
setting is skipped when its files are there already.
"""

import argparse
import json
import os
from pathlib import Path

import torch
from safetensors.torch import save_file

from fixmatch import train_network
from networks import network_for
from settings import DATA, DEVICE, READERS, Setting, Sets, opened_network, unlabelled_imbalances

ROOT = Path(__file__).resolve().parents[2]
STEPS = {"fashion-mnist": 1500, "cifar10": 60_000, "cifar100": 60_000}


@torch.no_grad()
def features_of(network: torch.nn.Module, images: torch.Tensor) -> torch.Tensor:
    return torch.cat([network.features(some.to(DEVICE)).cpu() for some in images.split(500)])


def train(setting: Setting, sets: Sets, folder: Path, steps: int) -> torch.nn.Module:
    torch.manual_seed(setting.seed)
    (images, labels), (unlabelled, _hidden) = sets["labelled"], sets["unlabelled"]
    network = network_for(images.shape[1], int(labels.max()) + 1).to(DEVICE)

    def tell(step: int, sure: float) -> None:
        if step % (steps // 4) == 0:
            print(f"{folder.name}: step {step} of {steps}, sure of {sure:.0%} of the unlabelled images", flush=True)

    train_network(network, images.to(DEVICE), labels.to(DEVICE), unlabelled.to(DEVICE), steps, setting.seed, tell)
    temporary = folder / "checkpoint.pt.tmp"
    torch.save({name: value.cpu() for name, value in network.state_dict().items()}, temporary)
    os.replace(temporary, folder / "checkpoint.pt")
    return network


def configuration(classes: int, constraints: list[dict]) -> str:
    tables = {"train": "train", "unlabeled": "unlabelled", "validation": "validation", "test": "test"}
    content = {
        "checkpoints": ["checkpoint.pt"],
        "head": {"weight": "fc.weight", "bias": "fc.bias"},
        "features": {use: f"{name}.safetensors" for use, name in tables.items()},
        "constraints": [{**bound, "atLeast": 0.95 / classes} for bound in constraints],
        "tuning": {"controls": "none"},
        "output": "tuned/${objective}.pt",
    }
    return json.dumps(content, indent=2)


def export(network: torch.nn.Module, sets: Sets, folder: Path) -> None:
    for name, (images, labels) in sets.items():
        table = {"features": features_of(network, images)} | ({} if name == "unlabelled" else {"labels": labels})
        save_file(table, folder / f"{'train' if name == 'labelled' else name}.safetensors")
    classes = network.fc.out_features
    (folder / "selmix.json").write_text(configuration(classes, []))
    (folder / "coverage.json").write_text(configuration(classes, [{"metric": "coverage"}]))
    (folder / "headTail.json").write_text(configuration(classes, [{"metric": "headCoverage"}, {"metric": "tailCoverage"}]))
    with torch.no_grad():
        guessed = network.fc(features_of(network, sets["test"][0]).to(DEVICE)).argmax(1).cpu()
    recalls = torch.stack([(guessed[sets["test"][1] == k] == k).float().mean() for k in range(classes)])
    print(f"{folder.name}: test recall mean {recalls.mean():.3f}, worst {recalls.min():.3f}", flush=True)
    # Last, so that its presence means that everything is there.
    save_file({f"fc.{name}": value.detach().cpu().contiguous() for name, value in network.fc.named_parameters()}, folder / "head.safetensors")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="fashion-mnist", choices=list(READERS))
    parser.add_argument("--source", type=Path, default=Path(DATA), help="folder with the set's files")
    parser.add_argument("--home", type=Path, default=ROOT / ".cache" / "paper", help="where the settings' folders are")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--steps", type=int, help="of training")
    parser.add_argument("--threads", type=int, default=1, help="with more, sums round otherwise and other networks come out")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    for seed in options.seeds:
        for unlabelled in unlabelled_imbalances(options.data):
            setting = Setting(options.data, unlabelled, seed)
            folder = setting.folder(options.home)
            if (folder / "head.safetensors").exists():
                continue
            folder.mkdir(parents=True, exist_ok=True)
            sets, trained = setting.sets(options.source), folder / "checkpoint.pt"
            network = opened_network(trained) if trained.exists() else train(setting, sets, folder, options.steps or STEPS[options.data])
            export(network.to(DEVICE), sets, folder)


if __name__ == "__main__":
    main()
