import { argument, type ExportFacts, quoted } from "./facts.ts";

/** For a Hugging Face model saved by save_pretrained: the checkpoint stands in a folder with its config.json. */
export function transformersScript({ checkpoint, layer, size, classes }: ExportFacts): string {
  return `"""Write the features that enter a model's last layer, as tables that SelMix reads.

    pip install torch transformers safetensors
    python export_features.py ${argument(checkpoint)} features

Each of train, validation and test.safetensors holds "features" [N, ${size}] and "labels" [N].
"""

import csv
import os
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import AutoModelForSequenceClassification, AutoTokenizer

HEAD = ${quoted(layer)}  # ${size} features in, ${classes} classes out


# Edit this to use your own data.
def load_data(split: str) -> tuple[list[str], list[int]]:
    """Texts, and the class index of each: here the columns "text" and "label" of data/train.csv and so on."""
    with open(f"data/{split}.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [row["text"] for row in rows], [int(row["label"]) for row in rows]


@torch.inference_mode()
def main(checkpoint: Path, folder: Path) -> None:
    device = "cuda" if torch.cuda.is_available() else "cpu"
    tokenizer = AutoTokenizer.from_pretrained(checkpoint.parent)
    model = AutoModelForSequenceClassification.from_pretrained(checkpoint.parent).eval().to(device)
    seen = {}
    model.get_submodule(HEAD).register_forward_hook(lambda _, inputs, output: seen.update(features=inputs[0], logits=output))
    folder.mkdir(parents=True, exist_ok=True)
    for split in ("train", "validation", "test"):
        texts, labels = load_data(split)
        tables = []
        for start in range(0, len(texts), 32):
            batch = tokenizer(texts[start : start + 32], padding=True, truncation=True, return_tensors="pt").to(device)
            logits = model(**batch).logits
            features = seen["features"]
            if features.dim() == 3:  # a head on every token: take the token whose logits the model answers with
                token = (seen["logits"] - logits[:, None]).abs().sum(-1).argmin(1)
                features = features[torch.arange(len(token), device=device), token]
            tables.append(features.float().cpu())
        table = {"features": torch.cat(tables).contiguous(), "labels": torch.tensor(labels, dtype=torch.long)}
        if table["features"].shape != (len(labels), ${size}):
            sys.exit(f"{HEAD} gets {tuple(table['features'].shape)} for {len(labels)} samples, not [N, ${size}]")
        temporary = folder / f".{split}.tmp"
        save_file(table, temporary)
        os.replace(temporary, folder / f"{split}.safetensors")
        print(f"{split}: {len(labels)} samples", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
`;
}
