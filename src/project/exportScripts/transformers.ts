import { torchBodyHash } from "./bodyHash.ts";
import { argument, type ExportFacts, quoted } from "./facts.ts";

/** What differs between a script for texts and one for images: Python, to be put where its name says. */
interface Parts {
  /** Packages, and lines of imports, that it needs beside those that both need. */
  readonly packages: string;
  readonly standardImports: string;
  readonly imports: string;
  readonly model: string;
  readonly loadData: string;
  readonly preprocessor: string;
  /** The batch of samples start to start + 32, as the model takes it. */
  readonly batch: string;
  /** What is done with features and logits before they are kept; empty, or lines of its own. */
  readonly pooled: string;
}

const texts: Parts = {
  packages: "",
  standardImports: "import csv\n",
  imports: "",
  model: "AutoModelForSequenceClassification",
  loadData: `def load_data(split: str) -> tuple[list[str], list[int]]:
    """Texts, and the class index of each: here the columns "text" and "label" of data/train.csv and so on."""
    with open(f"data/{split}.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [row["text"] for row in rows], [int(row["label"]) for row in rows]`,
  preprocessor: "AutoTokenizer",
  batch: 'preprocess(samples[start : start + 32], padding=True, truncation=True, return_tensors="pt")',
  pooled: `            if features.dim() == 3:  # a head on every token: take the token whose logits the model answers with
                token = (seen["logits"] - logits[:, None]).abs().sum(-1).argmin(1)
                features = features[torch.arange(len(token), device=device), token]
`,
};

const images: Parts = {
  packages: " torchvision pillow",
  standardImports: "",
  imports: "from PIL import Image\n",
  model: "AutoModelForImageClassification",
  loadData: `def load_data(split: str) -> tuple[list[Path], list[int]]:
    """Images, and the class index of each: here a folder per class in data/train and so on, classes by name."""
    folders = sorted(folder for folder in Path(f"data/{split}").iterdir() if folder.is_dir())
    files = [(file, label) for label, folder in enumerate(folders) for file in sorted(folder.iterdir())]
    return [file for file, _ in files], [label for _, label in files]`,
  preprocessor: "AutoImageProcessor",
  batch:
    'preprocess([Image.open(file).convert("RGB") for file in samples[start : start + 32]], return_tensors="pt")',
  pooled: "",
};

/** For a Hugging Face model saved by save_pretrained: the checkpoint stands in a folder with its config.json. */
export function transformersScript(facts: ExportFacts): string {
  const { checkpoint, layer, size, classes, input } = facts;
  const parts = { texts, images }[input];
  const imported = [parts.model, parts.preprocessor].toSorted().join(", ");
  return `"""Write the features that enter a model's last layer, as tables that SelMix reads.

    pip install torch transformers safetensors${parts.packages}
    python export_features.py ${argument(checkpoint)} features

Each of train, validation and test.safetensors holds "features" [N, ${size}] and "labels" [N].
"""

${parts.standardImports}import hashlib
import json
import os
import re
import sys
from pathlib import Path

import torch
${parts.imports}from safetensors.torch import load_file, save_file
from transformers import ${imported}

HEAD = ${quoted(layer)}  # ${size} features in, ${classes} classes out


# Edit this to use your own data.
${parts.loadData}


${torchBodyHash(facts)}


@torch.inference_mode()
def main(checkpoint: Path, folder: Path) -> None:
    device = "cuda" if torch.cuda.is_available() else "cpu"
    preprocess = ${parts.preprocessor}.from_pretrained(checkpoint.parent)
    model = ${parts.model}.from_pretrained(checkpoint.parent).eval().to(device)
    body = body_hash(load_state(checkpoint))
    seen = {}
    model.get_submodule(HEAD).register_forward_hook(lambda _, inputs, output: seen.update(features=inputs[0], logits=output))
    folder.mkdir(parents=True, exist_ok=True)
    for split in ("train", "validation", "test"):
        samples, labels = load_data(split)
        tables, outputs = [], []
        for start in range(0, len(samples), 32):
            batch = ${parts.batch}
            logits = model(**batch.to(device)).logits
            features = seen["features"]
${parts.pooled}            tables.append(features.float().cpu())
            outputs.append(logits.float().cpu())
        table = {"features": torch.cat(tables).contiguous(), "labels": torch.tensor(labels, dtype=torch.long)}
        if table["features"].shape != (len(labels), ${size}):
            sys.exit(f"{HEAD} gets {tuple(table['features'].shape)} for {len(labels)} samples, not [N, ${size}]")
        table["logits"] = torch.cat(outputs)[:512].contiguous()  # by which SelMix sees that head and features belong together
        temporary = folder / f".{split}.tmp"
        save_file(table, temporary, metadata={"selmix.bodyHash": body})
        os.replace(temporary, folder / f"{split}.safetensors")
        print(f"{split}: {len(labels)} samples", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
`;
}
