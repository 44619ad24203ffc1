"""Fine-tune a whole network with SelMix: the head, and with it the backbone.

    python finetune.py checkpoints/epoch-10.pt --objective minRecall

Adapt `load` to your network and data; the rest works for any network that ends in a linear layer. Every cycle it hands
validation features and the head to `selmix policy`, and mixes features of the pairs of classes that the policy names.
The run appears in SelMix's panels while it trains.
"""

import argparse
import copy
import json
import math
import os
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

SELMIX = ["selmix"]
CONFIG = Path(__file__).parent / "selmix.json"
HEAD = "fc"


def load(checkpoint: Path) -> tuple[nn.Module, dict]:
    """Yours to adapt: the network with the checkpoint's weights, and each set as (images, labels).

    Images are a tensor, or anything that gives a batch for a tensor of rows. "unlabeled" is optional and images only:
    its samples become mixing partners, labelled by the network itself.
    """
    from export_features import load_model
    from train import DATA, read_split, split_indices

    images, labels = read_split(DATA, "train")
    train, validation = split_indices(labels, imbalance=100, seed=0)
    sets = {"train": (images[train], labels[train]), "validation": (images[validation], labels[validation])}
    return load_model(checkpoint), {**sets, "test": read_split(DATA, "t10k")}


def augmented(batch: torch.Tensor) -> torch.Tensor:
    """Each image flipped or not, and the batch moved by up to two pixels."""
    batch = torch.where(torch.rand(len(batch), 1, 1, 1, device=batch.device) < 0.5, batch.flip(3), batch)
    (y, x), (height, width) = torch.randint(5, (2,)).tolist(), batch.shape[2:]
    return F.pad(batch, (2, 2, 2, 2), mode="replicate")[..., y : y + height, x : x + width]


def features(model: nn.Module, batch: torch.Tensor) -> torch.Tensor:
    """What enters the head for a batch, [n, d]."""
    seen = []
    hook = model.get_submodule(HEAD).register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    model(batch)
    hook.remove()
    return seen[0]


@torch.no_grad()
def all_features(model: nn.Module, images, device) -> torch.Tensor:
    return torch.cat([features(model, images[rows].to(device)).float() for rows in torch.arange(len(images)).split(500)])


class Policy:
    """Asks `selmix policy`, which keeps its memory in a file and the run in a folder beside selmix.json."""

    def __init__(self, options, data, device):
        self.options, self.data, self.device = options, data, device
        self.folder = Path(tempfile.mkdtemp(prefix="selmix-"))

    def table(self, model, name):
        images, labels = self.data[name]
        np.savez(self.folder / name, features=all_features(model, images, self.device).cpu(), labels=labels)
        return self.folder / f"{name}.npz"

    def __call__(self, model, step, rate, output=None) -> dict:
        o, head = self.options, self.folder / "head.pt"
        torch.save({name: value.cpu() for name, value in model.state_dict().items() if name.startswith(f"{HEAD}.")}, head)
        given = {"config": CONFIG, "objective": o.objective, "state": self.folder / "state.json", "head": head}
        given |= {"steering": self.table(model, "validation"), "record": o.checkpoint, "rate": rate, "step": step}
        given |= {"steps": o.steps, "cycle-steps": o.cycle, "device": f"PyTorch {torch.__version__} on {self.device}"}
        given["train-counts"] = ",".join(map(str, torch.bincount(self.data["train"][1]).tolist()))
        if "test" in self.data and (step == 0 or output):
            given["test"] = self.table(model, "test")
        if output:
            given["output"] = output
        command = [*SELMIX, "policy", "--json", *(f"--{name}={value}" for name, value in given.items())]
        environment = {**os.environ, "ELECTRON_RUN_AS_NODE": "1"}  # SelMix may be run by the editor's own Node
        return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment).stdout)


def draw(rows: list[torch.Tensor], classes: torch.Tensor) -> torch.Tensor:
    """A random row of each class; of any class where that one has none."""
    some = torch.cat(rows)
    return torch.stack([(r if len(r) else some)[torch.randint(max(len(r), 1), ())] for r in (rows[k] for k in classes)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--objective", default="minRecall")
    parser.add_argument("--out", type=Path, help="the tuned file (default: tuned/<name>.selmix.pt)")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--cycle", type=int, default=25, help="steps between two looks at validation")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--backbone-rate", type=float, default=10, help="in units of the head's learning rate")
    parser.add_argument("--uniform", type=float, default=0.5, help="share of pairs drawn whatever the policy says")
    parser.add_argument("--augment", action="store_true", help="flip and shift the images")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

    model, data = load(options.checkpoint)
    model.to(device).eval()  # batch-norm and dropout stay frozen
    average = copy.deepcopy(model)  # of the weights over about 50 steps: steadier than the network that is trained
    head, (images, labels), policy = model.get_submodule(HEAD), data["train"], Policy(options, data, device)
    rows = [(labels == k).nonzero()[:, 0] for k in range(head.out_features)]
    backbone = [value for name, value in model.named_parameters() if not name.startswith(f"{HEAD}.")]
    top_rate = 2 / all_features(model, images, device).pow(2).sum(1).mean().item()
    optimizer = torch.optim.SGD([{"params": head.parameters()}, {"params": backbone}], lr=top_rate)

    for step in range(options.steps):
        rate = top_rate * (1 + math.cos(math.pi * step / options.steps)) / 2
        if step % options.cycle == 0:
            answer = policy(average, step, rate)
            for network in (model, average) if answer["biasChange"] else ():
                network.get_submodule(HEAD).bias.data += torch.tensor(answer["biasChange"], device=device)
            if answer["best"]:
                best = copy.deepcopy(average.state_dict())
            pairs = (1 - options.uniform) * torch.tensor(answer["policy"]).flatten()
            pairs += options.uniform / len(pairs)
            classes = torch.tensor([bucket["label"] for bucket in answer["buckets"]])
            partners, partner_rows = images, rows
            if "unlabeled" in data:
                partners = data["unlabeled"]
                guess = average.get_submodule(HEAD)(all_features(average, partners, device)).argmax(1).cpu()
                partner_rows = [(guess == k).nonzero()[:, 0] for k in range(head.out_features)]
            print(f"step {step:5d}  {options.objective} on validation {answer['value']:.4f}", flush=True)
        cells = torch.multinomial(pairs, options.batch, replacement=True)
        first, second = classes[cells // len(classes)], classes[cells % len(classes)]
        batch = torch.cat([images[draw(rows, first)], partners[draw(partner_rows, second)]]).to(device)
        one, other = features(model, augmented(batch) if options.augment else batch).chunk(2)
        beta = 0.6 + 0.4 * torch.rand(options.batch, 1, device=device)
        loss = F.cross_entropy(head(beta * one + (1 - beta) * other), first.to(device))
        for group, scale in zip(optimizer.param_groups, (1, options.backbone_rate)):
            group["lr"] = scale * rate
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        for mean, value in zip(average.parameters(), model.parameters()):
            mean.data.lerp_(value.data, 0.02)

    if not policy(average, options.steps, 0)["best"]:
        average.load_state_dict(best)
    output = options.out or Path("tuned") / f"{options.checkpoint.stem}.selmix.pt"
    output.parent.mkdir(parents=True, exist_ok=True)
    torch.save(average.state_dict(), output)
    answer = policy(average, options.steps, 0, output)
    print(f"{output}: {options.objective} {answer['value']:.4f} on validation; run folder {answer['runFolder']}")


if __name__ == "__main__":
    main()
