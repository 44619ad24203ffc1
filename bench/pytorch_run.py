"""A head trained by mixed pairs in PyTorch, with a validation pass each cycle. Prints seconds as JSON.

python pytorch_run.py FOLDER STEPS CYCLE BATCH
"""

import json
import struct
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import cross_entropy

DTYPES = {"F16": np.float16, "F32": np.float32, "I32": np.int32}


def arrays(file: Path) -> dict[str, np.ndarray]:
    """The tensors of a safetensors file, mapped into memory."""
    with file.open("rb") as stream:
        (length,) = struct.unpack("<Q", stream.read(8))
        header = json.loads(stream.read(length))
    return {
        name: np.memmap(file, DTYPES[entry["dtype"]], "r", 8 + length + entry["data_offsets"][0], tuple(entry["shape"]))
        for name, entry in header.items()
    }


def confusion(head: torch.nn.Linear, table: dict[str, np.ndarray], classes: int) -> torch.Tensor:
    counts = torch.zeros(classes * classes, dtype=torch.int64)
    labels = torch.from_numpy(table["labels"].astype(np.int64))
    with torch.no_grad():
        for start in range(0, len(labels), 2048):
            rows = torch.from_numpy(np.array(table["features"][start : start + 2048])).float()
            cells = labels[start : start + len(rows)] * classes + head(rows).argmax(1)
            counts += torch.bincount(cells, minlength=classes * classes)
    return counts


def main(folder: Path, steps: int, cycle: int, batch: int) -> None:
    start = time.perf_counter()
    train, validation, model = (arrays(folder / f"{name}.safetensors") for name in ("train", "validation", "model"))
    classes, size = model["fc.weight"].shape
    features, labels = train["features"], torch.from_numpy(train["labels"].astype(np.int64))
    head = torch.nn.Linear(size, classes)
    with torch.no_grad():
        head.weight.copy_(torch.from_numpy(np.array(model["fc.weight"])))
        head.bias.copy_(torch.from_numpy(np.array(model["fc.bias"])))
    optimizer = torch.optim.SGD(head.parameters(), lr=1e-4)
    random = np.random.default_rng(0)
    for step in range(steps):
        if step % cycle == 0:
            confusion(head, validation, classes)
        first, second = random.integers(len(labels), size=(2, batch))
        beta = torch.from_numpy(random.uniform(0.6, 1, (batch, 1)).astype(np.float32))
        rows = [torch.from_numpy(features[chosen]).float() for chosen in (first, second)]
        optimizer.zero_grad()
        cross_entropy(head(beta * rows[0] + (1 - beta) * rows[1]), labels[first]).backward()
        optimizer.step()
    confusion(head, validation, classes)
    print(json.dumps({"seconds": time.perf_counter() - start}))


main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
