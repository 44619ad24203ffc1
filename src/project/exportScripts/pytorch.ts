import { torchBodyHash } from "./bodyHash.ts";
import { argument, type ExportFacts, quoted } from "./facts.ts";

/** For a network of the user's own, whose state_dict is in the checkpoint. */
export function pytorchScript(facts: ExportFacts): string {
  const { checkpoint, layer, prefix, size, classes } = facts;
  return `"""Write the features that enter a checkpoint's last layer, as tables that SelMix reads.

    pip install torch safetensors
    python export_features.py ${argument(checkpoint)} features

Each of train, validation and test.safetensors holds "features" [N, ${size}], "labels" [N], and "groups" [N] where there are some.
"""

import hashlib
import json
import os
import re
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch.utils.data import DataLoader

HEAD = ${quoted(layer)}  # ${size} features in, ${classes} classes out
PREFIX = ${quoted(prefix)}  # before the network's own names in the checkpoint


# Edit these two to use your own network and data.
def build_model() -> torch.nn.Module:
    from model import Net

    return Net()


def load_data(split: str) -> DataLoader:
    """Batches of (inputs, labels), or (inputs, labels, groups), prepared as for evaluation: no augmentation."""
    from model import dataset

    return DataLoader(dataset(split), batch_size=256)


${torchBodyHash(facts)}


@torch.inference_mode()
def main(checkpoint: Path, folder: Path) -> None:
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = build_model()
    state = load_state(checkpoint)
    model.load_state_dict({name.removeprefix(PREFIX): tensor for name, tensor in state.items()})
    body = body_hash(state)
    model.eval().to(device)
    entering, leaving = [], []
    seen = lambda _, inputs, output: (entering.append(inputs[0].cpu()), leaving.append(output.cpu()))
    model.get_submodule(HEAD).register_forward_hook(lambda *call: seen(*call) and None)
    folder.mkdir(parents=True, exist_ok=True)
    for split in ("train", "validation", "test"):
        entering.clear()
        leaving.clear()
        labels, groups = [], []
        for inputs, batch_labels, *batch_groups in load_data(split):
            model(inputs.to(device))
            labels.append(batch_labels.long())
            groups.extend(group.long() for group in batch_groups)
        table = {"features": torch.cat(entering).contiguous(), "labels": torch.cat(labels)}
        if table["features"].shape != (len(table["labels"]), ${size}):
            sys.exit(f"{HEAD} gets {tuple(table['features'].shape)} for {len(table['labels'])} samples, not [N, ${size}]")
        if groups:
            table["groups"] = torch.cat(groups)
        table["logits"] = torch.cat(leaving)[:512].contiguous()  # by which SelMix sees that head and features belong together
        temporary = folder / f".{split}.tmp"
        save_file(table, temporary, metadata={"selmix.bodyHash": body})
        os.replace(temporary, folder / f"{split}.safetensors")
        print(f"{split}: {len(table['labels'])} samples", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
`;
}
