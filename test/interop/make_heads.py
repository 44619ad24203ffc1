"""Makes a workspace with a head of each kind, fitted by its own framework, and tables of what enters it."""

import pickle
import sys
import warnings
from collections import OrderedDict
from pathlib import Path

import joblib
import numpy as np
import skl2onnx
import skops.io
import torch
from safetensors.numpy import save_file
from sklearn.linear_model import LogisticRegression, RidgeClassifier, SGDClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from torch import nn

sys.path.append(str(Path(__file__).parent))
from cosine_heads import CosineLinear, NormedLinear  # noqa: E402

warnings.filterwarnings("ignore")
workspace = Path(sys.argv[1])
inputs, size = 5, 8
random = np.random.default_rng(0)
torch.manual_seed(0)


def table(name, features, labels, x=None, logits=None):
    folder = workspace / "features"
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {"features": np.ascontiguousarray(features, np.float32), "labels": labels.astype(np.int64)}
    if x is not None:
        arrays["inputs"] = x
    if logits is not None:
        arrays["logits"] = logits
    save_file(arrays, folder / f"{name}.safetensors")


def place(name):
    path = workspace / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def samples(counts):
    """Classes of which the last is rare in training and close to the first."""
    centres = np.random.default_rng(1).normal(size=(len(counts), inputs)) * 1.5
    centres[-1] = centres[0] + 0.9
    labels = np.repeat(np.arange(len(counts)), counts)
    return (centres[labels] + random.normal(size=(len(labels), inputs))).astype(np.float32), labels


body = nn.Sequential(nn.Linear(inputs, size), nn.ReLU())
data = {}
for kind, train, other in (("binary", [600, 40], [150] * 2), ("multi", [600, 300, 40], [100] * 3)):
    for split, counts in (("train", train), ("validation", other), ("test", other)):
        x, y = samples(counts)
        features = body(torch.from_numpy(x)).detach().numpy()
        data[kind, split] = features, y, x
        table(f"{kind}-{split}", features, y, x)


def fitted(kind, head, loss):
    x, y = (torch.from_numpy(part) for part in data[kind, "train"][:2])
    optimizer = torch.optim.AdamW(head.parameters(), lr=0.05)
    for _ in range(200):
        optimizer.zero_grad()
        loss(head(x), y).backward()
        optimizer.step()
    return nn.Sequential(OrderedDict(body=body, fc=head))


def sigmoid(z, y):
    return nn.functional.binary_cross_entropy_with_logits(z[:, 0], y.float())


softmax = nn.functional.cross_entropy

# PyTorch
one = fitted("binary", nn.Linear(size, 1), sigmoid)
torch.save(one.state_dict(), place("binary/one.pt"))
torch.save(fitted("binary", nn.Linear(size, 1, bias=False), sigmoid).state_dict(), place("binary/nobias.pt"))
torch.save(fitted("multi", nn.utils.weight_norm(nn.Linear(size, 3)), softmax).state_dict(), place("multi/normed.pt"))
parametrized = nn.utils.parametrizations.weight_norm(nn.Linear(size, 3))
torch.save(fitted("multi", parametrized, softmax).state_dict(), place("multi/parametrized.pt"))


# Cosine heads: LDAM's, whose loss multiplies by 30, and one that multiplies by 16 itself
for name, head in (("ldam", NormedLinear(size, 3)), ("cosine", CosineLinear(size, 3, 16))):
    network = fitted("multi", head, lambda z, y, factor=30 if name == "ldam" else 1: softmax(factor * z, y))
    torch.save(network.state_dict(), place(f"multi/{name}.pt"))
    for split in ("train", "validation", "test"):
        features, y, x = data["multi", split]
        with torch.no_grad():
            table(f"{name}-{split}", features, y, x, logits=network(torch.from_numpy(x)).numpy())

raw = fitted("multi", nn.Linear(size, 3), softmax).state_dict()
ema = {name: value + 0.01 * torch.randn_like(value) if name.startswith("fc.") else value for name, value in raw.items()}
torch.save({"epoch": 3, "state_dict": raw, "state_dict_ema": ema}, place("multi/timm.pth.tar"))

# ONNX, NumPy
one.eval()
torch.onnx.export(one, torch.zeros(2, inputs), place("binary/one.onnx"), dynamo=False, input_names=["x"],
                  output_names=["logit"], dynamic_axes={"x": {0: "n"}})
np.savez(place("binary/vector.npz"), coef_=one.fc.weight.detach().numpy()[0], intercept_=one.fc.bias.detach().numpy())

# scikit-learn
for kind in ("binary", "multi"):
    x, y, _ = data[kind, "train"]
    estimators = {"logreg": LogisticRegression(), "sgd": SGDClassifier(random_state=0), "svc": LinearSVC(), "ridge": RidgeClassifier(),
                  "pipeline": make_pipeline(StandardScaler(), LogisticRegression()), "mlp": MLPClassifier((size,), max_iter=300, random_state=0)}
    for name, estimator in estimators.items():
        estimator.fit(x.astype(np.float64), y)
        joblib.dump(estimator, place(f"{kind}/{name}.joblib"))
        pickle.dump(estimator, place(f"{kind}/{name}.pkl").open("wb"))
        skops.io.dump(estimator, place(f"{kind}/{name}.skops"))
        if name in ("logreg", "sgd", "svc", "pipeline"):
            options = {} if name == "svc" else {"zipmap": False}
            model = skl2onnx.to_onnx(estimator, x[:1], options=options)
            place(f"{kind}/{name}.skl.onnx").write_bytes(model.SerializeToString())
        for split in ("train", "validation", "test"):
            x_split, y_split, _ = data[kind, split]
            if name == "pipeline":
                table(f"{kind}-pipeline-{split}", estimator[:-1].transform(x_split), y_split, x_split)
            if name == "mlp":
                hidden = np.maximum(x_split @ estimator.coefs_[0] + estimator.intercepts_[0], 0)
                table(f"{kind}-mlp-{split}", hidden, y_split, x_split)

# Keras
import keras  # noqa: E402

model = keras.Sequential([keras.Input((inputs,)), keras.layers.Dense(size, activation="relu", name="body"),
                          keras.layers.Dense(1, activation="sigmoid", name="fc")])
state = {name: value.numpy() for name, value in one.state_dict().items()}
model.set_weights([state["body.0.weight"].T, state["body.0.bias"], state["fc.weight"].T, state["fc.bias"]])
model.save(place("binary/one.keras"))
model.save_weights(place("binary/one.weights.h5"))

# Hugging Face: a small network as it is made, whose head is fitted to what enters it
from transformers import BertConfig, BertForSequenceClassification  # noqa: E402

config = BertConfig(vocab_size=30, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, num_labels=3,
                    id2label={0: "calm", 1: "rain", 2: "storm"}, label2id={"calm": 0, "rain": 1, "storm": 2})
bert = BertForSequenceClassification(config).eval()
entering = []
bert.classifier.register_forward_pre_hook(lambda _, given: entering.append(given[0].detach()))
texts = {}
for split, counts in (("train", [600, 300, 40]), ("validation", [100] * 3), ("test", [100] * 3)):
    labels = np.repeat(np.arange(3), counts)
    # Each class has words of its own, some of which the rare one shares with the first.
    words = np.where(random.random((len(labels), 6)) < 0.45, 3 + labels[:, None] * 9, 3) + random.integers(0, 9, (len(labels), 6))
    entering.clear()
    with torch.no_grad():
        bert(torch.from_numpy(words))
    texts[split] = torch.cat(entering).numpy(), labels, words
    table(f"texts-{split}", texts[split][0], labels, words)
linear = LogisticRegression(max_iter=2000, C=1e4).fit(*texts["train"][:2])
with torch.no_grad():
    bert.classifier.weight.copy_(torch.from_numpy(linear.coef_))
    bert.classifier.bias.copy_(torch.from_numpy(linear.intercept_))
bert.save_pretrained(place("texts/checkpoint-500/config.json").parent)
(workspace / "texts/checkpoint-500/tokenizer.json").write_text("{}")
torch.save({}, workspace / "texts/checkpoint-500/optimizer.pt")
bert.save_pretrained(place("texts/sharded/config.json").parent, max_shard_size="4KB")

bert.save_pretrained(workspace / "base")

# peft: an adapter with the head beside it
from peft import LoraConfig, TaskType, get_peft_model  # noqa: E402

peft = get_peft_model(bert, LoraConfig(task_type=TaskType.SEQ_CLS, r=2, target_modules=["query"]))
peft.save_pretrained(place("texts/adapter/x").parent)
