"""Makes a workspace: one small trained network, saved by each framework in its own way, and tables of its features."""

import json
import sys
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from torch import nn

workspace = Path(sys.argv[1])
checkpoints = workspace / "checkpoints"
(workspace / "features").mkdir(parents=True)
checkpoints.mkdir()
inputs, hidden, classes = 5, 8, 3

# Three classes, of which the last is rare in training and close to the first. The network has seen it elsewhere than it is now,
# which no bias mends: the verdict of a tune is to use the head that training found, not a simpler fix.
random = np.random.default_rng(0)
centres = random.normal(size=(classes, inputs)) * 1.5
centres[2] = centres[0] + 0.9
seen = centres.copy()
seen[2] = centres[0] + np.array([1.5, 0.5, 0, 0, 0])


def samples(counts, centres=centres):
    labels = np.repeat(np.arange(classes), counts)
    return (centres[labels] + random.normal(size=(len(labels), inputs))).astype(np.float32), labels


splits = {"train": samples([600, 300, 40]), "validation": samples([100] * 3), "test": samples([100] * 3)}
trained = samples([600, 300, 40], seen)
torch.manual_seed(0)
network = nn.Sequential(OrderedDict(body=nn.Linear(inputs, hidden), act=nn.ReLU(), fc=nn.Linear(hidden, classes)))
optimizer = torch.optim.AdamW(network.parameters(), lr=0.02)
for _ in range(200):
    x, y = (torch.from_numpy(part) for part in trained)
    loss = nn.functional.cross_entropy(network(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
state = network.state_dict()
arrays = {name: tensor.numpy() for name, tensor in state.items()}

for name, (x, y) in splits.items():
    with torch.no_grad():
        features = network.act(network.body(torch.from_numpy(x))).numpy()
    save_file({"features": features, "labels": y.astype(np.int64), "inputs": x}, workspace / f"features/{name}.safetensors")

# PyTorch
torch.save(state, checkpoints / "plain.pt")
torch.save({"epoch": 3, "state_dict": OrderedDict((f"model.{key}", value) for key, value in state.items()),
            "optimizer_states": [optimizer.state_dict()], "pytorch-lightning_version": "2.5.0"}, checkpoints / "lightning.ckpt")
torch.save({"model": state, "optimizer": optimizer.state_dict(), "epoch": 3}, checkpoints / "resume.pth")
half = {key: value.to(torch.bfloat16) if key.startswith("fc.") else value for key, value in state.items()}
torch.save(half, checkpoints / "bfloat16.pt", _use_new_zipfile_serialization=False)

joined = torch.cat([state["fc.weight"], state["fc.bias"][:, None]], dim=1)  # the bias lies between the weight's rows
torch.save({**state, "fc.weight": joined[:, :hidden], "fc.bias": joined[:, hidden]}, checkpoints / "joined.pt")

# safetensors, whole and in shards
save_file(arrays, checkpoints / "whole.safetensors")
shards = {"split-00001-of-00002.safetensors": ["body.weight", "body.bias"], "split-00002-of-00002.safetensors": ["fc.weight", "fc.bias"]}
for shard, names in shards.items():
    save_file({name: arrays[name] for name in names}, checkpoints / shard)
index = {"metadata": {"total_size": 0}, "weight_map": {name: shard for shard, names in shards.items() for name in names}}
(checkpoints / "split.safetensors.index.json").write_text(json.dumps(index, indent=2))

# ONNX, in one file and with external data
network.eval()
torch.onnx.export(network, torch.zeros(2, inputs), checkpoints / "single.onnx", dynamo=False, input_names=["x"],
                  output_names=["logits"], dynamic_axes={"x": {0: "n"}})
import onnx  # noqa: E402

onnx.save_model(onnx.load(checkpoints / "single.onnx"), checkpoints / "parts.onnx", save_as_external_data=True,
                location="parts.weights", size_threshold=0)

# NumPy
np.savez(checkpoints / "flax.npz", **{f"params/{name.replace('.weight', '/kernel').replace('.bias', '/bias')}":
                                      value.T.copy() if value.ndim == 2 else value for name, value in arrays.items()})

# Keras 3 with TensorFlow
import keras  # noqa: E402

model = keras.Sequential([keras.Input((inputs,)), keras.layers.Dense(hidden, activation="relu", name="body"),
                          keras.layers.Dense(classes, name="fc")])
model.set_weights([arrays["body.weight"].T, arrays["body.bias"], arrays["fc.weight"].T, arrays["fc.bias"]])
model.compile(optimizer="adam", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.save(checkpoints / "native.keras")
model.save_weights(checkpoints / "only.weights.h5")
with zipfile.ZipFile(checkpoints / "native.keras") as stored:
    with zipfile.ZipFile(checkpoints / "packed.keras", "w", zipfile.ZIP_DEFLATED) as packed:
        for name in stored.namelist():
            packed.writestr(name, stored.read(name))
