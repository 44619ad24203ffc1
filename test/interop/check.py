"""Loads a source and its tuned copy in their own framework.

Prints JSON: the copy's logits on the test inputs, the names of the tensors that differ, and whether anything else does.
"""

import json
import os
import sys
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
from safetensors.numpy import load_file

workspace, source, tuned = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
x = load_file(workspace / "features/test.safetensors")["inputs"]


def dense(arrays):
    """The network by hand, for formats without a framework of their own."""
    features = np.maximum(x @ arrays["body.weight"].T + arrays["body.bias"], 0)
    return features @ arrays["fc.weight"].T + arrays["fc.bias"]


def in_torch(file):
    import torch
    from torch import nn

    loaded = torch.load(file, weights_only=True)
    state = loaded.get("state_dict", loaded.get("model", loaded))
    state = {name.removeprefix("model."): value for name, value in state.items()}
    network = nn.Sequential()
    network.add_module("body", nn.Linear(5, 8))
    network.add_module("act", nn.ReLU())
    network.add_module("fc", nn.Linear(8, 3))
    network.load_state_dict(state)
    rest = {}
    if "optimizer" in loaded:
        optimizer = torch.optim.AdamW(network.parameters())
        optimizer.load_state_dict(loaded["optimizer"])
        rest = {f"{key}.{name}": value for key, one in loaded["optimizer"]["state"].items() for name, value in one.items()}
    with torch.no_grad():
        return network(torch.from_numpy(x)).numpy(), {**{k: v.float().numpy() for k, v in state.items()}, **rest}


def in_keras(file):
    import keras

    if file.suffix == ".keras":
        model = keras.saving.load_model(file)
        rest = {f"optimizer.{i}": np.array(one) for i, one in enumerate(model.optimizer.variables)}
    else:
        model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(8, activation="relu", name="body"),
                                  keras.layers.Dense(3, name="fc")])
        model.load_weights(file)
        rest = {}
    weights = {f"{layer.name}/{weight.name}": np.array(weight) for layer in model.layers for weight in layer.weights}
    return model(x).numpy(), {**weights, **rest}


def in_onnx(file):
    import onnx
    import onnxruntime
    from onnx import numpy_helper

    onnx.checker.check_model(str(file), full_check=True)
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    model = onnx.load(file)
    return session.run(None, {"x": x})[0], {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}


def in_safetensors(file):
    if not file.name.endswith(".index.json"):
        arrays = load_file(file)
    else:
        index = json.loads(file.read_text())
        arrays = {}
        for name, shard in index["weight_map"].items():
            arrays[name] = load_file(file.parent / shard)[name]
    return dense(arrays), arrays


def in_numpy(file):
    with np.load(file) as archive:
        arrays = dict(archive)
    plain = {name.removeprefix("params/").replace("/kernel", ".weight").replace("/bias", ".bias"): value.T for name, value in arrays.items()}
    return dense(plain), arrays


loaders = {".pt": in_torch, ".pth": in_torch, ".ckpt": in_torch, ".keras": in_keras, ".h5": in_keras, ".onnx": in_onnx,
           ".safetensors": in_safetensors, ".json": in_safetensors, ".npz": in_numpy}
load = loaders[source.suffix]
_, before = load(source)
logits, after = load(tuned)
changed = [name for name in before if not np.array_equal(np.asarray(before[name]), np.asarray(after.get(name)))]
print(json.dumps({"logits": np.asarray(logits, np.float32).tolist(), "changed": changed, "same": list(before) == list(after)}))
