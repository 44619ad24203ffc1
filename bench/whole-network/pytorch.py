"""Head only against the whole network by media/finetune.py, on the example's CNN, measured on Fashion-MNIST's test set.

    npm run build
    python bench/whole-network/pytorch.py --objectives meanRecall hMean minRecall --seeds 0 1

Takes the example's checkpoint for seed 0 and trains one with the example's train.py for others, tunes its head with
`selmix tune`, and the network with the script that `selmix policy --script` writes: once without and once with the training
images that neither the long-tailed set nor validation has, as unlabelled ones. Everything stays under .cache/whole-network.
Needs PyTorch and safetensors.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import torch
from safetensors.torch import load_file

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples/fashion-mnist-lt"
SELMIX = [str(ROOT / "node_modules/.bin/node"), str(ROOT / "dist/cli.mjs")]
OBJECTIVES = ["meanRecall", "minRecall", "gMean", "hMean", "minHeadTailRecall", "macroF1"]

LOAD = '''def load(checkpoint):
    import sys

    sys.path.insert(0, {example!r})
    torch.set_num_threads({threads})
    from export_features import load_model
    from train import DATA, read_split, split_indices

    images, labels = read_split(DATA, "train")
    train, validation = split_indices(labels, {imbalance}, {seed})
    rest = torch.ones(len(labels), dtype=torch.bool).index_fill(0, torch.cat([train, validation]), False)
    sets = {{"train": (images[train], labels[train]), "validation": (images[validation], labels[validation])}}
    sets |= {{"unlabeled": images[rest]}} if {unlabeled} else {{}}
    return load_model(checkpoint), {{**sets, "test": read_split(DATA, "t10k")}}


'''


def run(*command, **options) -> str:
    return subprocess.run([str(part) for part in command], check=True, stdout=subprocess.PIPE, text=True, **options).stdout


def workspace(seed: int, options) -> Path:
    """A checkpoint, its features and a selmix.json for them; made when missing."""
    home = ROOT / f".cache/whole-network/imbalance-{options.imbalance}-seed-{seed}"
    split = ["--imbalance", options.imbalance, "--seed", seed, "--threads", options.threads]
    checkpoint = home / "checkpoints/epoch-10.pt"
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    if (seed, options.imbalance) == (0, 100):
        torch.save(load_file(EXAMPLE / "checkpoints/epoch-10.safetensors"), checkpoint)
    elif not checkpoint.exists():
        run(sys.executable, EXAMPLE / "train.py", "--out", checkpoint.parent, *split)
    if "head" in options.ways and not (home / "features/test.safetensors").exists():
        run(sys.executable, EXAMPLE / "export_features.py", checkpoint, home / "features", *split)
    tables = {name: f"features/{name}.safetensors" for name in ("train", "validation", "test")}
    configuration = {"checkpoints": ["checkpoints/*.pt"], "head": {"weight": "fc.weight"}, "features": tables}
    (home / "selmix.json").write_text(json.dumps(configuration))
    return home


def script(home: Path, seed: int, unlabeled: bool, options) -> Path:
    """The script as it is written for the user, with this benchmark's data in `load`."""
    target = home / f"finetune{'-unlabeled' if unlabeled else ''}.py"
    target.unlink(missing_ok=True)
    run(*SELMIX, "policy", "--script", target, "--config", home / "selmix.json")
    before, rest = target.read_text().split("def load(", 1)
    facts = {"example": str(EXAMPLE), "threads": options.threads, "imbalance": options.imbalance, "seed": seed}
    load = LOAD.format(**facts, unlabeled=unlabeled)
    target.write_text(before + load + "def augmented(" + rest.split("def augmented(", 1)[1])
    return target


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--objectives", nargs="+", default=OBJECTIVES, choices=OBJECTIVES)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1], help="of training set, checkpoint and tuning")
    parser.add_argument("--imbalance", type=int, default=100)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--ways", nargs="+", default=["head", "whole", "unlabeled"], help="what to measure")
    options = parser.parse_args()
    print("| seed | objective | checkpoint | way | on test | seconds |\n|---|---|---|---|---|---|")
    for seed in options.seeds:
        home = workspace(seed, options)
        checkpoint = home / "checkpoints/epoch-10.pt"
        for objective in options.objectives:
            for way in options.ways:
                started = time.time()
                chosen = ["--objective", objective, "--seed", seed]
                if way == "head":
                    config = ["--config", home / "selmix.json"]
                    result = json.loads(run(*SELMIX, "tune", checkpoint, *config, *chosen, "--json"))
                else:
                    program = script(home, seed, way == "unlabeled", options)
                    folder = run(sys.executable, program, checkpoint, *chosen).split()[-1]
                    result = json.loads((Path(folder) / "result.json").read_text())
                before, after = (result[when]["test"][objective] for when in ("before", "after"))
                seconds = time.time() - started
                print(f"| {seed} | {objective} | {before:.4f} | {way} | {after:.4f} | {seconds:.0f} |", flush=True)


if __name__ == "__main__":
    main()
