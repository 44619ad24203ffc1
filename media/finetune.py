"""Fine-tune a whole network with SelMix: the head, and the backbone at a tenth of its rate.

    python finetune.py checkpoints/epoch-10.pt --objective minRecall

Adapt `load` to your network and data. The rest works for any network that ends in a linear layer:
every cycle it hands validation features and the head to `selmix policy`, and mixes the pairs of
classes that the policy names. The run appears in SelMix's panels while it trains.
"""

import argparse
import copy
import json
import math
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

    Images are a tensor, or anything that gives a batch for a list of rows. "unlabeled", if there is
    one, is images only: its samples become mixing partners, labelled by the network itself.
    """
    from export_features import load_model
    from train import DATA, read_split, split_indices

    images, labels = read_split(DATA, "train")
    train, validation = split_indices(labels, 100, 0)
    return load_model(checkpoint), {
        "train": (images[train], labels[train]),
        "validation": (images[validation], labels[validation]),
        "test": read_split(DATA, "t10k"),
    }


def augmented(batch: torch.Tensor) -> torch.Tensor:
    """Each image flipped or not, and the batch moved by up to two pixels."""
    flip = torch.rand(len(batch)) < 0.5
    batch = torch.where(flip[:, None, None, None], batch.flip(3), batch)
    dy, dx = torch.randint(-2, 3, (2,)).tolist()
    return F.pad(batch, (2, 2, 2, 2), mode="replicate")[..., 2 + dy : 2 + dy + batch.shape[2], 2 + dx : 2 + dx + batch.shape[3]]


def features(model: nn.Module, head: nn.Linear, batch: torch.Tensor) -> torch.Tensor:
    """What enters the head for a batch, [n, d]."""
    seen = []
    hook = head.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    model(batch)
    hook.remove()
    return seen[0]


@torch.no_grad()
def all_features(model, head, images, device) -> torch.Tensor:
    rows = torch.arange(len(images)).split(500)
    return torch.cat([features(model, head, images[part].to(device)).float().cpu() for part in rows])


class Policy:
    """Calls `selmix policy`, which keeps its memory in a file and the run in a folder beside selmix.json."""

    def __init__(self, options, data, device):
        self.options, self.data, self.device = options, data, device
        self.folder = Path(tempfile.mkdtemp())
        self.counts = torch.bincount(data["train"][1]).tolist()

    def table(self, model, head, name):
        images, labels = self.data[name]
        path = self.folder / f"{name}.npz"
        np.savez(path, features=all_features(model, head, images, self.device).numpy(), labels=labels.numpy())
        return str(path)

    def __call__(self, model, head, step, rate, output=None) -> dict:
        o = self.options
        torch.save({f"{HEAD}.{name}": value.detach().cpu() for name, value in head.named_parameters()}, self.folder / "head.pt")
        command = [*SELMIX, "policy", "--json", "--config", CONFIG, "--objective", o.objective, "--state", self.folder / "state.json"]
        command += ["--steering", self.table(model, head, "validation"), "--head", self.folder / "head.pt"]
        command += ["--train-counts", ",".join(map(str, self.counts)), "--record", o.checkpoint, "--rate", rate]
        command += ["--step", step, "--steps", o.steps, "--cycle-steps", o.cycle, "--device", f"PyTorch {torch.__version__} on {self.device}"]
        if "test" in self.data and (step == 0 or output):
            command += ["--test", self.table(model, head, "test")]
        if output:
            command += ["--output", output]
        return json.loads(subprocess.run([str(each) for each in command], check=True, stdout=subprocess.PIPE).stdout)


def draw(rows: list[torch.Tensor], buckets: torch.Tensor) -> torch.Tensor:
    """A random row of each bucket."""
    return torch.stack([rows[b][torch.randint(len(rows[b]), ())] for b in buckets.tolist()])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--objective", default="minRecall")
    parser.add_argument("--out", type=Path, help="the tuned file (default: tuned/<name>.selmix.pt)")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--cycle", type=int, default=25, help="steps between two looks at validation")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--backbone-rate", type=float, default=0.1, help="in units of the head's learning rate")
    parser.add_argument("--uniform", type=float, default=0.1, help="share of pairs drawn regardless of the policy")
    parser.add_argument("--augment", action="store_true", help="flip and shift the images")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

    model, data = load(options.checkpoint)
    model.to(device).eval()  # batch-norm and dropout stay frozen
    head = dict(model.named_modules())[HEAD]
    images, labels = data["train"]
    rows = [(labels == k).nonzero()[:, 0] for k in range(int(labels.max()) + 1)]
    own = {id(p) for p in head.parameters()}
    backbone = [p for p in model.parameters() if id(p) not in own]
    top_rate = 2 / all_features(model, head, images, device).pow(2).sum(1).mean().item()
    optimizer = torch.optim.SGD([{"params": list(head.parameters())}, {"params": backbone}], lr=top_rate)
    policy = Policy(options, data, device)
    best = None

    for step in range(options.steps):
        rate = top_rate * (1 + math.cos(math.pi * step / options.steps)) / 2
        if step % options.cycle == 0:
            answer = policy(model, head, step, rate)
            if answer["biasChange"]:
                head.bias.data += torch.tensor(answer["biasChange"], device=device)
            if answer["best"]:
                best = copy.deepcopy(model.state_dict())
            pairs = torch.tensor(answer["policy"]).flatten()
            pairs = (1 - options.uniform) * pairs + options.uniform / len(pairs)
            classes = torch.tensor([bucket["label"] for bucket in answer["buckets"]])
            partners, sources = images, rows
            if "unlabeled" in data:
                partners = data["unlabeled"]
                with torch.no_grad():
                    guess = head(all_features(model, head, partners, device).to(device)).argmax(1).cpu()
                sources = [(guess == k).nonzero()[:, 0] for k in range(len(rows))]
            print(f"step {step:5d}  {options.objective} {answer['value']:.4f}  test {answer['test'] and answer['test'][options.objective]}", flush=True)
        for group, scale in zip(optimizer.param_groups, (1, options.backbone_rate)):
            group["lr"] = scale * rate
        cells = torch.multinomial(pairs, options.batch, replacement=True)
        first, second = classes[cells // len(classes)], classes[cells % len(classes)]
        batch = torch.cat([images[draw(rows, first)], partners[draw(sources, second)]])
        mixed = features(model, head, (augmented(batch) if options.augment else batch).to(device))
        beta = (0.6 + 0.4 * torch.rand(options.batch, 1)).to(device)
        mixed = beta * mixed[: options.batch] + (1 - beta) * mixed[options.batch :]
        loss = F.cross_entropy(head(mixed), first.to(device))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    output = options.out or Path("tuned") / f"{options.checkpoint.stem}.selmix.pt"
    output.parent.mkdir(parents=True, exist_ok=True)
    if policy(model, head, options.steps, 0)["best"]:
        best = copy.deepcopy(model.state_dict())
    model.load_state_dict(best)
    torch.save(model.state_dict(), output)
    answer = policy(model, head, options.steps, 0, output)
    print(f"{output}: {options.objective} {answer['value']:.4f} on validation; run folder {answer['runFolder']}")


if __name__ == "__main__":
    main()
