import { torchBodyHash } from "./bodyHash.ts";
import { argument, type ExportFacts } from "./facts.ts";

/** For a timm model, with images in a folder per class. */
export function timmScript(facts: ExportFacts): string {
  const { checkpoint, size, classes } = facts;
  return `"""Write the features that enter a timm model's last layer, as tables that SelMix reads.

    pip install timm safetensors
    python export_features.py ${argument(checkpoint)} features

Each of train, validation and test.safetensors holds "features" [N, ${size}] and "labels" [N].
"""

import hashlib
import json
import os
import re
import sys
from pathlib import Path

import timm
import torch
from safetensors.torch import load_file, save_file
from timm.data import ImageDataset, create_transform, resolve_model_data_config
from torch.utils.data import DataLoader

# Edit these two: the name that the model was created with, and where the images are, in a folder per class.
MODEL = "resnet50"
IMAGES = "data/{split}"

${torchBodyHash(facts)}


@torch.inference_mode()
def main(checkpoint: Path, folder: Path) -> None:
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = timm.create_model(MODEL, num_classes=${classes}, checkpoint_path=str(checkpoint)).eval().to(device)
    body = body_hash(load_state(checkpoint))
    transform = create_transform(**resolve_model_data_config(model), is_training=False)
    folder.mkdir(parents=True, exist_ok=True)
    for split in ("train", "validation", "test"):
        features, labels, logits = [], [], []
        for images, batch_labels in DataLoader(ImageDataset(IMAGES.format(split=split), transform=transform), batch_size=64):
            images = images.to(device)
            batch = model.forward_head(model.forward_features(images), pre_logits=True)
            if not features:  # once: what is written must be what the last layer gets
                torch.testing.assert_close(model.get_classifier()(batch), model(images), rtol=1e-3, atol=1e-3)
            features.append(batch.float().cpu())
            if sum(map(len, logits)) < 512:  # by which SelMix sees that head and features belong together
                logits.append(model(images).float().cpu())
            labels.append(batch_labels.long())
        table = {"features": torch.cat(features).contiguous(), "labels": torch.cat(labels)}
        if table["features"].shape != (len(table["labels"]), ${size}):
            sys.exit(f"{MODEL} gives {tuple(table['features'].shape)}, not [N, ${size}]")
        table["logits"] = torch.cat(logits)[:512].contiguous()
        temporary = folder / f".{split}.tmp"
        save_file(table, temporary, metadata={"selmix.bodyHash": body})
        os.replace(temporary, folder / f"{split}.safetensors")
        print(f"{split}: {len(table['labels'])} samples", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
`;
}
