"""Loads sources and their tuned copies in their own frameworks: a workspace, and a JSON file of [source, tuned, table].

Prints JSON, for each: the class that the copy predicts for each row of the test table, the names of what differs, and whether
anything was added.
"""

import json
import os
import pickle
import sys
import warnings
from collections import OrderedDict
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
warnings.filterwarnings("ignore")

import numpy as np
from safetensors.numpy import load_file

workspace = Path(sys.argv[1])


def classes(z):
    z = np.asarray(z)
    return (z.reshape(len(z)) > 0).astype(int) if z.ndim == 1 or z.shape[1] == 1 else z.argmax(1)


def in_torch(file, test):
    import torch
    from torch import nn

    state = torch.load(file, weights_only=True)
    names = {name for name in state}
    rest = {}
    if "state_dict_ema" in names:  # as timm loads it
        rest = {f"state_dict.{name}": value.numpy() for name, value in state["state_dict"].items()}
        state = state["state_dict_ema"]
    if "fc.weight_g" in names:
        head = nn.utils.weight_norm(nn.Linear(8, 3))
    elif file.name.startswith(("ldam", "cosine")):
        sys.path.append(str(Path(__file__).parent))
        from cosine_heads import CosineLinear, NormedLinear

        head = NormedLinear(8, 3) if file.name.startswith("ldam") else CosineLinear(8, 3, 16)
    elif "fc.parametrizations.weight.original0" in names:
        head = nn.utils.parametrizations.weight_norm(nn.Linear(8, 3))
    else:
        outputs = len(state["fc.weight"])
        head = nn.Linear(8, outputs, bias="fc.bias" in state)
    network = nn.Sequential(OrderedDict(body=nn.Sequential(nn.Linear(5, 8), nn.ReLU()), fc=head))
    network.load_state_dict(state)
    with torch.no_grad():
        return classes(network(torch.from_numpy(test["inputs"])).numpy()), {**{k: v.numpy() for k, v in state.items()}, **rest}


def in_keras(file, test):
    import keras

    if file.suffix == ".keras":
        model = keras.saving.load_model(file)
    else:
        model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(8, activation="relu", name="body"),
                                  keras.layers.Dense(1, activation="sigmoid", name="fc")])
        model.load_weights(file)
    weights = {f"{layer.name}/{weight.name}": np.array(weight) for layer in model.layers for weight in layer.weights}
    return (model(test["inputs"]).numpy()[:, 0] > 0.5).astype(int), weights


def in_onnx(file, test):
    import onnx
    import onnxruntime
    from onnx import numpy_helper

    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    graph = onnx.load(file).graph
    weights = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    for node in graph.node:
        if node.op_type == "LinearClassifier":
            weights.update({one.name: np.array(onnx.helper.get_attribute_value(one)) for one in node.attribute})
    if ".skl." in file.name:  # skl2onnx gives labels, and scores of each class
        labels, scores = session.run(None, {"X": test["inputs" if "pipeline" in file.name else "features"]})
        if scores.ndim == 2 and "post_transform" in weights and weights["post_transform"] != b"NONE":
            assert np.allclose(scores.sum(1), 1, atol=1e-5)
        return labels, weights
    return classes(session.run(None, {"x": test["inputs"]})[0]), weights


def in_numpy(file, test):
    arrays = dict(np.load(file))
    return classes(test["features"] @ arrays["coef_"] + arrays["intercept_"]), arrays


def in_sklearn(file, test):
    import joblib
    import skops.io

    loaders = {".joblib": joblib.load, ".pkl": lambda path: pickle.loads(path.read_bytes()),
               ".skops": lambda path: skops.io.load(path, trusted=skops.io.get_untrusted_types(file=path))}
    estimator = loaders[file.suffix](file)
    arrays = {}

    def collect(value, name):
        if isinstance(value, np.ndarray) and value.dtype != object:
            arrays[name] = value
        elif isinstance(value, (list, tuple)):
            for index, item in enumerate(value):
                collect(item, f"{name}.{index}")
        elif hasattr(value, "__dict__"):
            for key, item in vars(value).items():
                collect(item, f"{name}.{key}".lstrip("."))

    collect(estimator, "")
    # A pipeline and a network see what enters their first step, the others the features themselves.
    is_whole = hasattr(estimator, "coefs_") or hasattr(estimator, "steps")
    return estimator.predict(test["inputs" if is_whole else "features"].astype(np.float64)).astype(int), arrays


def in_transformers(file, test):
    import torch
    from transformers import BertForSequenceClassification

    folder = file.parent
    if (folder / "adapter_config.json").exists():
        from peft import PeftModel

        model = PeftModel.from_pretrained(BertForSequenceClassification.from_pretrained(workspace / "base"), folder)
    else:
        model = BertForSequenceClassification.from_pretrained(folder)
        assert model.config.id2label == {0: "calm", 1: "rain", 2: "storm"}
    with torch.no_grad():
        logits = model.eval()(torch.from_numpy(test["inputs"])).logits.numpy()
    return classes(logits), {name: value.numpy() for name, value in model.state_dict().items()}


def check(source, tuned, table):
    loaders = {".pt": in_torch, ".tar": in_torch, ".keras": in_keras, ".h5": in_keras, ".onnx": in_onnx, ".npz": in_numpy}
    load = in_transformers if table == "texts" else loaders.get(Path(source).suffix, in_sklearn)
    test = load_file(workspace / f"features/{table}-test.safetensors")
    _, before = load(Path(source), test)
    predictions, after = load(Path(tuned), test)
    changed = [name for name, value in before.items()
               if name not in after or not np.array_equal(value, after[name], equal_nan=np.asarray(value).dtype.kind == "f")]
    return {"predictions": predictions.tolist(), "changed": changed, "same": list(before) == list(after)}


print(json.dumps([check(*one) for one in json.loads(Path(sys.argv[2]).read_text())]))
