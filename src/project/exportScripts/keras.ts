import { kerasBodyHash } from "./bodyHash.ts";
import { argument, type ExportFacts } from "./facts.ts";

/** For Keras 3. A file of weights alone needs the user's own network; others hold theirs. */
export function kerasScript(facts: ExportFacts): string {
  const { checkpoint, size, classes } = facts;
  const onlyWeights = checkpoint.endsWith(".weights.h5");
  const edit = onlyWeights
    ? `# Edit these two to use your own network and data.
def load_model(checkpoint: Path) -> keras.Model:
    from model import build_model

    model = build_model()
    model.load_weights(checkpoint)
    return model


`
    : `def load_model(checkpoint: Path) -> keras.Model:
    return keras.saving.load_model(checkpoint, compile=False)


# Edit this to use your own data.
`;
  return `"""Write the features that enter a checkpoint's last layer, as tables that SelMix reads.

    pip install keras numpy h5py
    python export_features.py ${argument(checkpoint)} features

Each of train, validation and test.npz holds "features" [N, ${size}], "labels" [N], and "groups" [N] where there are some.
"""

import hashlib
import os
import re
import sys
import zipfile
from pathlib import Path

import h5py
import keras
import numpy as np


${edit}def load_data(split: str) -> tuple[np.ndarray, ...]:
    """Inputs, prepared as for evaluation, the class index of each, and its group index where there are groups."""
    from model import dataset

    return dataset(split)


${kerasBodyHash(facts)}


def is_head(layer: keras.Layer) -> bool:
    """Whether a layer takes ${size} features and gives ${classes} classes."""
    return isinstance(layer, keras.layers.Dense) and tuple(layer.kernel.shape) == (${size}, ${classes})


def main(checkpoint: Path, folder: Path) -> None:
    model = load_model(checkpoint)
    head = next((layer for layer in reversed(model.layers) if is_head(layer)), None)
    if head is None:
        sys.exit("no Dense layer of ${size} features and ${classes} classes among the model's own layers")
    backbone = keras.Model(model.inputs, head.input)
    body = {"selmix.bodyHash": np.array(body_hash(checkpoint))}
    folder.mkdir(parents=True, exist_ok=True)
    for split in ("train", "validation", "test"):
        inputs, labels, *groups = load_data(split)
        features = backbone.predict(inputs, batch_size=256, verbose=0)
        logits = model.predict(inputs[:512], verbose=0)  # by which SelMix sees that head and features belong together
        table = {"features": features, "labels": np.asarray(labels, np.int64), "logits": logits, **body}
        table |= {"groups": np.asarray(group, np.int64) for group in groups}
        temporary = folder / f".{split}.tmp.npz"
        np.savez(temporary, **table)
        os.replace(temporary, folder / f"{split}.npz")
        print(f"{split}: {len(labels)} samples", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
`;
}
