"""Fine-tune a whole network with SelMix: the head, and with it the backbone.

    python finetune.py checkpoints/epoch-10.pt --objective minRecall

Adapt `load`; the rest works for any network that ends in a linear layer. Every cycle it hands validation features and
the head to `selmix policy`, and mixes features of the pairs of classes that the policy names. SelMix's panels follow.
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
    """Yours to adapt: the network with the checkpoint's weights, and each set as (images, labels). "test" is optional,
    and so is "unlabeled", images only: they become mixing partners, labelled by the network itself."""
    from export_features import load_model
    from train import DATA, read_split, split_indices

    images, labels = read_split(DATA, "train")
    sets = {name: (images[i], labels[i]) for name, i in zip(("train", "validation"), split_indices(labels, 100, 0))}
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
    return torch.cat([features(model, images[i].to(device)).float().cpu() for i in torch.arange(len(images)).split(500)])


def ask(options, data, model, device, folder: Path, step: int, rate: float, output: Path | None = None) -> dict:
    """One cycle's decision by `selmix policy`, which keeps its memory and the run folder from call to call."""
    tested = "test" in data and (step == 0 or output)
    for name in ("validation", "test") if tested else ("validation",):
        np.savez(folder / name, features=all_features(model, data[name][0], device), labels=data[name][1])
    last_layer = {name: value.cpu() for name, value in model.state_dict().items() if name.startswith(f"{HEAD}.")}
    torch.save(last_layer, folder / "head.pt")
    given = {"config": CONFIG, "objective": options.objective, "state": folder / "state.json"}
    given |= {"steering": folder / "validation.npz", "head": folder / "head.pt", "record": options.checkpoint}
    given |= {"train-counts": ",".join(map(str, torch.bincount(data["train"][1]).tolist())), "rate": rate, "step": step}
    given |= {"device": f"PyTorch {torch.__version__} on {device}", "cycle-steps": options.cycle, "steps": options.steps}
    given |= ({"test": folder / "test.npz"} if tested else {}) | ({"output": output} if output else {})
    command = [*SELMIX, "policy", "--json", *(f"--{name}={value}" for name, value in given.items())]
    environment = {**os.environ, "ELECTRON_RUN_AS_NODE": "1"}  # SelMix may be run by the editor's own Node
    answer = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment).stdout)
    print(f"step {step:5d}  {options.objective} on validation {answer['value']:.4f}", flush=True)
    return answer


def draw(rows: list[torch.Tensor], classes: torch.Tensor) -> torch.Tensor:
    """A random row of each class, and of any class where that one has none."""
    own = [rows[k] if len(rows[k]) else torch.cat(rows) for k in classes]
    return torch.stack([some[torch.randint(len(some), ())] for some in own])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    option = parser.add_argument
    option("checkpoint", type=Path)
    option("--objective", default="minRecall")
    option("--steps", type=int, default=2000, help="a quarter on the head, half on both, and a quarter on the head")
    option("--cycle", type=int, default=10, help="steps between two looks at validation")
    option("--batch", type=int, default=64)
    option("--backbone-rate", type=float, default=10, help="in units of the head's learning rate")
    option("--uniform", type=float, default=0.5, help="share of the backbone's pairs drawn whatever the policy says")
    option("--augment", action="store_true", help="flip and shift the images while the backbone learns")
    option("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    device, folder = torch.device("cuda" if torch.cuda.is_available() else "cpu"), Path(tempfile.mkdtemp())
    model, data = load(options.checkpoint)
    average = copy.deepcopy(model.to(device).eval())  # batch-norm and dropout stay frozen
    head, (images, labels), partners = model.get_submodule(HEAD), data["train"], data.get("unlabeled", data["train"][0])
    rows = [(labels == k).nonzero()[:, 0] for k in range(head.out_features)]
    backbone = [value for name, value in model.named_parameters() if not name.startswith(f"{HEAD}.")]
    top_rate = 2 / all_features(model, images, device).pow(2).sum(1).mean().item()
    optimizer = torch.optim.SGD([{"params": head.parameters()}, {"params": backbone}], lr=top_rate)
    for step in range(options.steps):
        start, end = [(0, 1), (1, 3), (1, 3), (3, 4)][4 * step // options.steps]  # quarters of the run
        both, progress = start == 1, (4 * step / options.steps - start) / (end - start)
        rate = top_rate * (1 + math.cos(math.pi * progress)) / 2
        if step % options.cycle == 0:
            answer = ask(options, data, average, device, folder, step, rate)
            for network in (model, average) if answer["biasChange"] else ():
                network.get_submodule(HEAD).bias.data += torch.tensor(answer["biasChange"], device=device)
            best = copy.deepcopy(average.state_dict()) if answer["best"] else best
            pairs, guess = torch.tensor(answer["policy"]).flatten(), labels
            classes = torch.tensor([bucket["label"] for bucket in answer["buckets"]])
            if "unlabeled" in data:
                guess = average.get_submodule(HEAD)(all_features(average, partners, device).to(device)).argmax(1).cpu()
            partner_rows = [(guess == k).nonzero()[:, 0] for k in range(head.out_features)]
        cells = torch.multinomial(pairs, options.batch, replacement=True)
        uniform = int(options.uniform * options.batch) if both else 0  # the first pairs of the batch
        cells[:uniform] = torch.randint(len(pairs), (uniform,))
        first, second = classes[cells // len(classes)], classes[cells % len(classes)]
        batch = torch.cat([images[draw(rows, first)], partners[draw(partner_rows, second)]]).to(device)
        with torch.set_grad_enabled(both):
            one, other = features(model, augmented(batch) if options.augment and both else batch).chunk(2)
        beta, target = 0.6 + 0.4 * torch.rand(options.batch, 1, device=device), first.to(device)
        mixed = beta * one + (1 - beta) * other
        # The head follows the policy alone; the backbone learns from all pairs, under the head as it stands.
        loss = F.cross_entropy(head(mixed[uniform:].detach()), target[uniform:])
        loss = loss + both * F.cross_entropy(F.linear(mixed, head.weight.detach(), head.bias.detach()), target)
        for group, scale in zip(optimizer.param_groups, (1, options.backbone_rate)):
            group["lr"] = scale * rate
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        for mean, value in zip(average.parameters(), model.parameters()):
            mean.data.lerp_(value.data, 0.02 if both else 1)  # while the backbone moves, an average is steadier
    if not ask(options, data, average, device, folder, options.steps, 0)["best"]:
        average.load_state_dict(best)
    output = CONFIG.parent / "tuned" / f"{options.checkpoint.stem}.selmix.pt"
    output.parent.mkdir(exist_ok=True)
    torch.save(average.state_dict(), output)
    print(output, ask(options, data, average, device, folder, options.steps, 0, output)["runFolder"])


if __name__ == "__main__":
    main()
