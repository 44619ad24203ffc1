"""Make the example's network as a TF.js layers model, and its images, in .cache/whole-network/.

    pip install torch==2.13.0 numpy safetensors
    python bench/whole-network/make.py

The checkpoint is the example's own; train, validation and test are the images that train.py takes (stored as bytes), and
unlabeled some of the training images that it leaves out.
"""

import argparse
import gzip
import json
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "fashion-mnist-lt"
sys.path.insert(0, str(EXAMPLE))
from train import CLASSES, DATA, split_indices  # noqa: E402


def layer(kind: str, name: str, **config) -> dict:
    return {"class_name": kind, "config": {"name": name, "trainable": True, "dtype": "float32", **config}}


def conv(name: str, filters: int, **config) -> dict:
    return layer("Conv2D", name, filters=filters, kernel_size=[3, 3], padding="same", activation="relu", use_bias=True, **config)


def pool(name: str) -> dict:
    return layer("MaxPooling2D", name, pool_size=[2, 2], strides=[2, 2], padding="valid")


def layers_of_net(features: int, classes: int) -> list[dict]:
    """train.py's Net, channels last."""
    return [
        conv("conv1", 16, batch_input_shape=[None, 28, 28, 1]),
        pool("pool1"),
        conv("conv2", 32),
        pool("pool2"),
        layer("Flatten", "flat"),
        layer("Dense", "hidden", units=features, activation="relu", use_bias=True),
        layer("Dense", "fc", units=classes, activation="linear", use_bias=True),
    ]


def weights_of_net(state: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """PyTorch's weights as TF.js keeps them. The hidden layer sees [7, 7, 32] flattened where PyTorch has [32, 7, 7]."""
    hidden = state["hidden.weight"]
    moved = hidden.reshape(len(hidden), 32, 7, 7).transpose(2, 3, 1, 0).reshape(-1, len(hidden))
    kernels = {
        "conv1": state["conv1.weight"].transpose(2, 3, 1, 0),
        "conv2": state["conv2.weight"].transpose(2, 3, 1, 0),
        "hidden": moved,
        "fc": state["fc.weight"].T,
    }
    named = [(name, kernel, state[f"{name}.bias"]) for name, kernel in kernels.items()]
    return {key: value for name, kernel, bias in named for key, value in ((f"{name}/kernel", kernel), (f"{name}/bias", bias))}


def write_model(folder: Path, state: dict[str, np.ndarray]) -> None:
    weights = weights_of_net(state)
    classes, features = state["fc.weight"].shape
    topology = {"class_name": "Sequential", "config": {"name": "net", "layers": layers_of_net(features, classes)}}
    manifest = [{"name": name, "shape": list(values.shape), "dtype": "float32"} for name, values in weights.items()]
    (folder / "weights.bin").write_bytes(b"".join(np.ascontiguousarray(values, "<f4").tobytes() for values in weights.values()))
    model = {"format": "layers-model", "modelTopology": topology, "weightsManifest": [{"paths": ["weights.bin"], "weights": manifest}]}
    (folder / "model.json").write_text(json.dumps(model))


def read_bytes(data: str, name: str) -> tuple[np.ndarray, np.ndarray]:
    with gzip.open(Path(data) / f"{name}-images-idx3-ubyte.gz") as file:
        images = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 28, 28, 1)
    with gzip.open(Path(data) / f"{name}-labels-idx1-ubyte.gz") as file:
        return images, np.frombuffer(file.read(), np.uint8, offset=8).astype(np.int64)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=DATA, help="folder with Fashion-MNIST's four .gz files")
    parser.add_argument("--out", type=Path, default=ROOT / ".cache" / "whole-network")
    parser.add_argument("--unlabeled", type=int, default=5000)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    images, labels = read_bytes(options.data, "train")
    train, validation = (rows.numpy() for rows in split_indices(torch.from_numpy(labels), 100, 0))
    others = np.setdiff1d(np.arange(len(labels)), np.concatenate([train, validation]))
    unlabeled = np.random.default_rng(0).choice(others, options.unlabeled, replace=False)
    test_images, test_labels = read_bytes(options.data, "t10k")
    np.savez(options.out / "train.npz", images=images[train], labels=labels[train])
    np.savez(options.out / "validation.npz", images=images[validation], labels=labels[validation])
    np.savez(options.out / "test.npz", images=test_images, labels=test_labels)
    np.savez(options.out / "unlabeled.npz", images=images[unlabeled])
    (options.out / "classes.json").write_text(json.dumps(CLASSES))
    # Last, so that its presence means that everything is there.
    write_model(options.out, load_file(EXAMPLE / "checkpoints" / "epoch-10.safetensors"))


if __name__ == "__main__":
    main()
