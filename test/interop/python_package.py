"""The wheel, as its README uses it. Prints what it found as JSON. python python_package.py WHEEL_FOLDER WORK_FOLDER"""

import json
import sys
from pathlib import Path

import numpy as np

sys.path[:0] = sys.argv[1:2]
work = Path(sys.argv[2])

import selmix

random = np.random.default_rng(0)
centres = random.normal(size=(3, 8))
NAMES = ["oak", "ash <b>", "elm"]


def samples(counts):
    labels = np.repeat(np.arange(3), counts)
    return (centres[labels] + 1.2 * random.normal(size=(len(labels), 8))).astype(np.float32), labels


train, validation, test = samples([800, 100, 20]), samples([200] * 3), samples([500] * 3)


def recalls(weight, bias, table):
    predicted = np.argmax(table[0] @ np.reshape(weight, (3, 8)).T + bias, axis=1)
    return [float(np.mean(predicted[table[1] == k] == k)) for k in range(3)]


def arrays():
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(max_iter=500).fit(*train)
    named = (test[0], np.array(NAMES)[test[1]])
    result = selmix.tune(
        model.coef_, model.intercept_, train=train, validation=validation, test=named, classes=NAMES, objective="minRecall"
    )
    return {
        "decision": result.decision,
        "set": result.set,
        "said": result.after["recall"],
        "found": recalls(result.weight, result.bias, test),
        "before": recalls(model.coef_, model.intercept_, test),
        "saidBefore": result.before["recall"],
        "html": result._repr_html_(),
        "text": repr(result),
        "output": result.output,
    }


def as_it_was():
    """Groups that nothing is asked of, a sigmoid with bound that nothing keeps, a folder that is not empty, names unknown."""
    from sklearn.linear_model import LogisticRegression

    binary = lambda table: (table[0], (table[1] > 0).astype(int), np.array(["a", "b"])[table[1] % 2])
    model = LogisticRegression(max_iter=500).fit(*binary(train)[:2])
    kept = selmix.tune(
        model.coef_,
        model.intercept_,
        train=binary(train),
        validation=binary(validation),
        objective="meanRecall",
        constraints=[{"metric": "recall", "atLeast": 0.999}],
    )
    said = []
    (work / "full").mkdir()
    (work / "full/train.npz").write_bytes(b"the user's own")
    for wrong in (
        {"folder": work / "full"},
        {"checkpoint": "head.npz"},
        {"train": (train[0], np.array(NAMES)[train[1]])},
        {"train": "missing.npz"},
        {"objective": "fastest"},
    ):
        try:
            selmix.tune(**({"weight": model.coef_, "train": binary(train), "validation": binary(validation)} | wrong))
        except selmix.SelmixError as error:
            said.append(str(error))
    return {
        "decision": kept.decision,
        "same": bool(np.array_equal(kept.weight, model.coef_) and np.array_equal(kept.bias, model.intercept_)),
        "said": said,
        "untouched": (work / "full/train.npz").read_bytes() == b"the user's own",
    }


def torch_model():
    import torch

    return torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.ReLU(), torch.nn.Linear(16, 3))


def batches(table):
    import torch

    return [(torch.from_numpy(table[0]), torch.from_numpy(table[1]))]


def checked(epochs, predict, load):
    """Of each epoch, whether the tuned copy predicts in its framework what the result says."""
    out = []
    for epoch, result in epochs.results.items():
        if result.output is not None:
            load(result.output)
            predicted = predict(test[0])
            out.append([result.after["recall"], [float(np.mean(predicted[test[1] == k] == k)) for k in range(3)]])
    return {"epochs": len(epochs.results), "copies": out}


def lightning():
    import pytorch_lightning as pl
    import torch
    from selmix.callbacks.lightning import SelMix

    class Module(pl.LightningModule):
        def __init__(self):
            super().__init__()
            self.net = torch_model()

        def forward(self, inputs):
            return self.net(inputs)

        def training_step(self, batch, _at):
            return torch.nn.functional.cross_entropy(self(batch[0]), batch[1])

        def configure_optimizers(self):
            return torch.optim.Adam(self.parameters(), 1e-2)

    pl.seed_everything(0)
    module = Module()
    callback = SelMix("net.2", batches(train), batches(validation), batches(test), folder=work / "lightning")
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(*batches(train)[0]), 64, shuffle=True)
    quiet = {"logger": False, "enable_progress_bar": False, "enable_checkpointing": False, "enable_model_summary": False}
    pl.Trainer(max_epochs=2, callbacks=[callback], default_root_dir=work, accelerator="cpu", **quiet).fit(module, loader)
    return checked(
        callback.epochs,
        lambda x: module(torch.from_numpy(x)).argmax(1).numpy(),
        lambda file: module.load_state_dict(torch.load(file)),
    )


def transformers():
    import torch
    from selmix.callbacks.transformers import SelMix
    from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=24, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32, num_labels=3
    )
    model = BertForSequenceClassification(config)

    def rows(table):
        tokens = (np.abs(table[0]) * 4).astype(int).clip(0, 11) + 12 * (table[0] > 0)
        return [{"input_ids": torch.from_numpy(t), "labels": torch.tensor(int(y))} for t, y in zip(tokens, table[1])]

    def together(table):
        all_rows = rows(table)
        return [{name: torch.stack([row[name] for row in all_rows]) for name in all_rows[0]}]

    callback = SelMix("classifier", together(train), together(validation), together(test), folder=work / "transformers")
    arguments = TrainingArguments(
        output_dir=str(work / "hf"), num_train_epochs=2, per_device_train_batch_size=64, save_strategy="no",
        report_to=[], disable_tqdm=True, use_cpu=True, learning_rate=5e-3,
    )
    Trainer(model=model, args=arguments, train_dataset=rows(train), callbacks=[callback]).train()
    tuned = {}

    def predict(_inputs):
        with torch.no_grad():
            return tuned["model"](together(test)[0]["input_ids"]).logits.argmax(1).numpy()

    def load(file):
        tuned["model"] = BertForSequenceClassification.from_pretrained(file.parent).eval()

    return checked(callback.epochs, predict, load)


def keras():
    import keras
    from selmix.callbacks.keras import SelMix

    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((8,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(3, "softmax", name="out")]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    callback = SelMix("out", train, validation, test, folder=work / "keras")
    model.fit(*train, epochs=2, verbose=0, callbacks=[callback])
    tuned = {}

    def load(file):
        tuned["model"] = keras.models.load_model(file)

    return checked(callback.epochs, lambda x: tuned["model"].predict(x, verbose=0).argmax(1), load)


print(json.dumps({"arrays": arrays, "as_it_was": as_it_was, "lightning": lightning, "transformers": transformers, "keras": keras}[sys.argv[3]]()))
