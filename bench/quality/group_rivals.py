"""What the fairness libraries and a covariance-penalised head reach between two groups, on the sets of make_real_sets.py.

    pip install fairlearn oxonfair
    python bench/quality/group_rivals.py          # lines of JSON to .cache/quality-real.groups.jsonl; what is there is not measured twice

All work on the features that enter the head, with the same train, validation and test rows as SelMix. Three never see the group when
they predict: ExponentiatedGradient (fairlearn; trained on train; with the bound asked
for, and with half of it), OxonFair with groups inferred by a
logistic regression, and the covariance-penalised head (balanced logistic loss + mu |difference of mean scores|, Zafar et al., 2017;
mu, ridge and offset chosen on validation). Two are told the group: OxonFair and ThresholdOptimizer.
"""

import argparse
import itertools
import json
import warnings
from pathlib import Path

import numpy as np
from fairlearn.postprocessing import ThresholdOptimizer
from fairlearn.reductions import DemographicParity, EqualizedOdds, ErrorRate, ExponentiatedGradient, TruePositiveRateParity
from oxonfair import DeepFairPredictor
from oxonfair.utils import group_metrics as metrics
from safetensors.numpy import load_file
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression

ROOT = Path(__file__).resolve().parents[2]
KINDS = ["parity", "opportunity", "odds"]


def gap(kind: str, p: np.ndarray, y: np.ndarray, g: np.ndarray) -> float:
    """Largest difference between the groups of the share predicted 1: of all, among label 1, among either label."""
    rows = {"parity": [y >= 0], "opportunity": [y == 1], "odds": [y == 1, y == 0]}[kind]
    return max(abs(p[r & (g == 1)].mean() - p[r & (g == 0)].mean()) for r in rows)


def balanced(p: np.ndarray, y: np.ndarray) -> float:
    return (p[y == 1].mean() + 1 - p[y == 0].mean()) / 2


def over_groups(p: np.ndarray, y: np.ndarray, g: np.ndarray) -> float:
    return float(np.mean([(p if k else 1 - p)[(y == k) & (g == a)].mean() for k in (0, 1) for a in (0, 1)]))


class Task:
    def __init__(self, folder: Path):
        self.tables = {n: load_file(folder / f"{n}.safetensors") for n in ("train", "validation", "test")}
        head = load_file(folder / "head.safetensors")
        features = self.tables["train"]["features"]
        variance = features.var(0)
        self.mean, self.std = features.mean(0), np.sqrt(variance + 0.01 * variance.mean())
        self.x = {n: (t["features"].astype(float) - self.mean) / self.std for n, t in self.tables.items()}
        self.y = {n: t["labels"] for n, t in self.tables.items()}
        self.g = {n: t["groups"] for n, t in self.tables.items()}
        logits = {n: t["features"] @ head["fc.weight"].T + head["fc.bias"] for n, t in self.tables.items()}
        self.margin = {n: (l[:, 1] - l[:, 0]).astype(float) for n, l in logits.items()}


class Scores(BaseEstimator):
    """The checkpoint's own margin as a fitted estimator, for ThresholdOptimizer."""

    def fit(self, *_):
        return self

    def __sklearn_is_fitted__(self):
        return True

    def predict(self, x):
        return x[:, 0]


def checkpoint(task: Task, kind: str, bound: float) -> np.ndarray:
    return (task.margin["test"] > 0).astype(float)


def exponentiated_gradient(task: Task, kind: str, bound: float) -> np.ndarray:
    # fairlearn bounds the difference of a group from all; that of two groups from each other is up to twice as large.
    constraint = {"parity": DemographicParity, "opportunity": TruePositiveRateParity, "odds": EqualizedOdds}[kind](difference_bound=bound)
    y = task.y["train"]
    costs = {"fp": 0.5 / (y == 0).mean(), "fn": 0.5 / (y == 1).mean()}
    scale = max(costs.values())
    model = ExponentiatedGradient(
        LogisticRegression(max_iter=200), constraint, objective=ErrorRate(costs={k: v / scale for k, v in costs.items()}), max_iter=50
    )
    model.fit(task.x["train"], y, sensitive_features=task.g["train"])
    return model._pmf_predict(task.x["test"])[:, 1]


def oxonfair(task: Task, kind: str, bound: float, known: bool) -> np.ndarray:
    measure = {"parity": metrics.demographic_parity, "opportunity": metrics.equal_opportunity, "odds": metrics.equalized_odds_max}[kind]
    infer = LogisticRegression(max_iter=500).fit(task.x["train"], task.g["train"])
    score = lambda n: np.hstack([task.margin[n][:, None], infer.predict_proba(task.x[n])])
    if known:
        one_hot = lambda n: np.eye(2)[task.g[n]]
        score = lambda n: np.hstack([task.margin[n][:, None], one_hot(n)])
    model = DeepFairPredictor(task.y["validation"], score("validation"), task.g["validation"])
    model.fit(metrics.balanced_accuracy, measure, bound)
    from oxonfair import DeepDataDict

    return np.asarray(model.predict(DeepDataDict(task.y["test"], score("test"), task.g["test"]))).astype(float)


def covariance_head(task: Task, kind: str, bound: float) -> np.ndarray:
    x, y, g = (np.hstack([task.x["train"], np.ones((len(task.x["train"]), 1))]), task.y["train"], task.g["train"])
    rows = {"parity": [y >= 0], "opportunity": [y == 1], "odds": [y == 1, y == 0]}[kind]
    apart = [x[r & (g == 1)].mean(0) - x[r & (g == 0)].mean(0) for r in rows]
    sign, share = np.where(y == 1, 1.0, -1.0), np.where(y == 1, 0.5 / (y == 1).sum(), 0.5 / (y == 0).sum())

    def loss(w, mu, ridge):
        margin = sign * (x @ w)
        value = (share * np.logaddexp(0, -margin)).sum() + ridge / 2 * (w[:-1] ** 2).sum()
        slope = -(share * sign * expit(-margin)) @ x + ridge * np.append(w[:-1], 0)
        for d in apart:
            size = np.sqrt((d @ w) ** 2 + 1e-4)
            value, slope = value + mu * size, slope + mu * (d @ w) / size * d
        return value, slope

    best = None
    for mu, ridge in itertools.product([0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5], [1e-3, 1e-2, 1e-1]):
        w = minimize(loss, np.zeros(x.shape[1]), (mu, ridge), jac=True, method="L-BFGS-B", options={"maxiter": 300}).x
        v, t = (task.x[n] @ w[:-1] + w[-1] for n in ("validation", "test"))
        for offset in np.quantile(v, np.linspace(0.02, 0.98, 97)):
            p = (v > offset).astype(float)
            apart_by = gap(kind, p, task.y["validation"], task.g["validation"])
            key = (apart_by <= bound, balanced(p, task.y["validation"]) if apart_by <= bound else -apart_by)
            if best is None or key > best[0]:
                best = (key, (t > offset).astype(float))
    return best[1]


def threshold_optimizer(task: Task, kind: str, bound: float) -> np.ndarray:
    constraint = {"parity": "demographic_parity", "opportunity": "true_positive_rate_parity", "odds": "equalized_odds"}[kind]
    model = ThresholdOptimizer(estimator=Scores(), constraints=constraint, objective="balanced_accuracy_score", prefit=True, predict_method="predict")
    model.fit(task.margin["validation"][:, None], task.y["validation"], sensitive_features=task.g["validation"])
    return model._pmf_predict(task.margin["test"][:, None], sensitive_features=task.g["test"])[:, 1]


RIVALS = {
    "checkpoint": checkpoint,
    "exponentiatedGradient": exponentiated_gradient,
    "exponentiatedGradientHalf": lambda task, kind, bound: exponentiated_gradient(task, kind, bound / 2),
    "oxonfairInferred": lambda *a: oxonfair(*a, known=False),
    "covarianceHead": covariance_head,
    "oxonfairKnown": lambda *a: oxonfair(*a, known=True),
    "thresholdOptimizer": threshold_optimizer,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=Path, default=ROOT / ".cache" / "quality-real")
    parser.add_argument("--bounds", nargs="+", type=float, default=[0.02, 0.05, 0.1])
    parser.add_argument("--rivals", nargs="+", default=list(RIVALS), choices=list(RIVALS))
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    out = options.sets.with_suffix(".groups.jsonl")
    known = {tuple(json.loads(line)[k] for k in ("rival", "kind", "bound", "set", "seed")) for line in out.read_text().splitlines()} if out.exists() else set()
    for folder in sorted(options.sets.iterdir()):
        if not (folder / "head.safetensors").exists() or "groups" not in load_file(folder / "test.safetensors"):
            continue
        task = Task(folder)
        name, seed = folder.name.rsplit("-seed", 1)
        for rival in options.rivals:
            for kind in KINDS:
                for bound in options.bounds:
                    if (rival, kind, bound, name, int(seed)) in known:
                        continue
                    p = RIVALS[rival](task, kind, bound)
                    y, g = task.y["test"], task.g["test"]
                    line = dict(rival=rival, kind=kind, bound=bound, set=name, seed=int(seed))
                    line |= dict(balanced=balanced(p, y), overGroups=over_groups(p, y, g), gap=gap(kind, p, y, g))
                    with out.open("a") as file:
                        file.write(json.dumps(line) + "\n")
        print(folder.name, flush=True)


if __name__ == "__main__":
    main()
