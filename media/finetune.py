"""Fine-tune a whole network with SelMix: the head, and with it the backbone.

    python finetune.py checkpoints/epoch-10.pt --objective minRecall

Adapt `load` and `augmented`; the rest works for networks that end in a linear layer. Every cycle it hands validation
features and the head to `selmix policy`, and mixes features of the classes that it pairs. SelMix's panels follow.
"""

import argparse
import atexit
import copy
import json
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from torch.nn import Linear, Module, functional as F

SELMIX = ["selmix"]
CONFIG = Path(__file__).parent / "selmix.json"
HEAD = "fc"
ENVIRONMENT = {**os.environ, "ELECTRON_RUN_AS_NODE": "1"}  # SelMix may be run by the editor's own Node


def load(checkpoint: Path) -> tuple[Module, dict]:
    """Yours to adapt: the network with the checkpoint's weights, and each set as (images, labels). "test" is optional,
    and so is "unlabeled", images only: the network labels them itself."""
    from export_features import load_model
    from train import DATA, read_split, split_indices

    images, labels = read_split(DATA, "train")
    sets = {name: (images[i], labels[i]) for name, i in zip(("train", "validation"), split_indices(labels, 100, 0))}
    return load_model(checkpoint), {**sets, "test": read_split(DATA, "t10k")}


def augmented(batch: torch.Tensor) -> torch.Tensor:
    """Yours to adapt: what may change in images but not their class. Here a batch moves by up to two pixels."""
    (y, x), (height, width) = torch.randint(5, (2,)).tolist(), batch.shape[2:]
    return F.pad(batch, (2, 2, 2, 2), mode="replicate")[..., y : y + height, x : x + width]


def features(model: Module, batch: torch.Tensor) -> torch.Tensor:
    """What enters the head for a batch, [n, d]."""
    seen = []
    hook = model.get_submodule(HEAD).register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    model(batch)
    hook.remove()
    return seen[0]


@torch.no_grad()
def all_features(model: Module, images: torch.Tensor, device: torch.device) -> torch.Tensor:
    return torch.cat([features(model, some.to(device)).float() for some in images.split(500)])


def ask(options, data, model, folder: Path, step: int, moved: bool, rate=0.0, cycle=0, **given) -> dict:
    """One cycle's decision by `selmix policy`, which keeps its memory and the run folder from call to call."""
    tested = "test" in data and (step == 0 or "output" in given)
    given |= {"steering": folder / "validation.npz"} | ({"test": folder / "test.npz"} if tested else {})
    for name in ("validation", "test")[: moved + tested]:  # a file is as at the call before, unless the backbone moved
        np.savez(folder / name, features=all_features(model, data[name][0], options.device).cpu(), labels=data[name][1])
    np.savez(folder / "head", **{k: v.cpu() for k, v in model.state_dict().items() if k.startswith(f"{HEAD}.")})
    given |= {"config": CONFIG, "objective": options.objective, "step": step, "steps": options.steps}
    given |= {"state": folder / "state.json", "head": folder / "head.npz", "record": options.checkpoint}
    given |= {"device": f"PyTorch {torch.__version__} on {options.device}", "rate": rate, "cycle-steps": cycle}
    given |= {"train-counts": ",".join(map(str, data["train"][1].bincount().tolist()))}
    command = [*SELMIX, "policy", "--json", *(f"--{name}={value}" for name, value in given.items())]
    done = subprocess.run(command, stdout=subprocess.PIPE, env=ENVIRONMENT)
    answer = json.loads(done.stdout) if done.returncode == 0 else sys.exit(done.returncode)  # it has said why
    print(f"step {step:5d}  {answer['objective']} on validation {answer['value']:.4f}", flush=True)
    return answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--objective", default="minRecall")
    parser.add_argument("--steps", type=int, default=2000, help="an eighth on the head, five on all, two on the head")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--backbone-rate", type=float, default=1e-3, help="of AdamW; less for large networks")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    device = options.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    folder, (model, data) = Path(tempfile.mkdtemp()), load(options.checkpoint)
    atexit.register(subprocess.run, [*SELMIX, "policy", "--stop", f"--state={folder / 'state.json'}"], env=ENVIRONMENT)
    layers = {name: layer for name, layer in model.named_modules() if isinstance(layer, Linear)}
    if HEAD not in layers:
        sys.exit(f'The network has no linear layer "{HEAD}"; set HEAD in this script to one of: {", ".join(layers)}.')
    head, count, (images, labels) = layers[HEAD], layers[HEAD].out_features, data["train"]
    unlabeled, guess = data.get("unlabeled", images[:0]), torch.zeros(0, count)
    average = copy.deepcopy(model.to(device).eval())  # batch-norm and dropout stay frozen
    order, sizes = labels.argsort(), labels.bincount(minlength=count)
    weights = (1 / len(labels) + 1 / (sizes[labels] * (sizes > 0).sum())) / 2  # as they come, and each class alike
    log_prior = torch.zeros(count).index_add(0, labels, weights).clamp(min=0.5 / len(labels)).log().to(device)
    starts = [options.steps * eighths // 8 for eighths in (0, 1, 6, 8)]
    for step in range(options.steps):
        if step in starts:  # a new part of the run, from the averaged weights and their features
            start, end, both = step, starts[starts.index(step) + 1], step == starts[1]
            model.load_state_dict(average.state_dict())
            known = all_features(average, images, device)
            top_rate = options.backbone_rate if both else 2 / known.pow(2).sum(1).mean().item()
            if both and len(unlabeled):  # labelled softly, under the prior that fits (Saerens et al., 2002)
                logits, other_prior = head(all_features(average, unlabeled, device)).detach(), 0 * log_prior
                for _ in range(20):
                    other_prior = (logits + other_prior).softmax(1).mean(0).log()
                guess = (2 * (logits + other_prior)).softmax(1).cpu()
            optimizer = torch.optim.AdamW(model.parameters()) if both else torch.optim.SGD(head.parameters())
        rate = optimizer.param_groups[0]["lr"] = top_rate * (1 + math.cos(math.pi * (step - start) / (end - start))) / 2
        if (step - start) % (cycle := 50 if both else 10) == 0:
            answer = ask(options, data, average, folder, step, both or step == start, rate, cycle)
            for network in (model, average) if answer["biasChange"] else ():
                network.get_submodule(HEAD).bias.data += torch.tensor(answer["biasChange"], device=device)
            best = copy.deepcopy(average.state_dict()) if answer["best"] else best
            label = F.one_hot(torch.tensor([bucket["label"] for bucket in answer["buckets"]]), count).float()
            pairs = label.T @ torch.tensor(answer["policy"]) @ label  # of classes, [K, K]
        beta = 0.6 + 0.4 * torch.rand(options.batch, 1, device=device)
        if both:  # images, under the prior they are drawn by, each mixed with one that the policy would choose
            rows, more = weights.multinomial(options.batch, True), torch.randperm(len(unlabeled))[: options.batch]
            target, batch = labels[rows], torch.cat([images[rows], unlabeled[more]])
            seen = features(model, augmented(batch).to(device))
            likely = pairs[target][:, torch.cat([target, guess[more].argmax(1)])] + 1e-9
            mixed = beta * seen[: len(rows)] + (1 - beta) * seen[torch.multinomial(likely, 1)[:, 0].to(device)]
            loss = F.cross_entropy(head(mixed) + log_prior, target.to(device))
            loss += F.cross_entropy(head(seen[len(rows) :]) + other_prior, guess[more].to(device)) if len(more) else 0
        else:
            cells = torch.multinomial(pairs.flatten(), options.batch, replacement=True)
            classes = torch.stack([cells // count, cells % count])  # a random row of each
            rows = order[(sizes.cumsum(0) - sizes)[classes] + (torch.rand(classes.shape) * sizes[classes]).long()]
            loss = F.cross_entropy(head(beta * known[rows[0]] + (1 - beta) * known[rows[1]]), classes[0].to(device))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        for mean, value in zip(average.parameters(), model.parameters()):
            mean.data.lerp_(value.data, 0.02 if both else 1)  # while the backbone moves, an average is steadier
    if not ask(options, data, average, folder, options.steps, False)["best"]:
        average.load_state_dict(best)
    (tuned := CONFIG.parent / "tuned").mkdir(exist_ok=True)
    torch.save(average.state_dict(), output := tuned / f"{options.checkpoint.stem}.selmix.pt")
    print(output, ask(options, data, average, folder, options.steps, True, output=output)["runFolder"])


if __name__ == "__main__":
    main()
