import { argument, type ExportFacts, quoted } from "./facts.ts";

/** For scikit-learn: what enters the last step of a pipeline, or the last layer of a network. */
export function sklearnScript(facts: ExportFacts): string {
  const { checkpoint, weight, size } = facts;
  const loader = /\.skops$/i.test(checkpoint)
    ? {
        install: "skops",
        line: "skops.io.load(checkpoint, trusted=skops.io.get_untrusted_types(file=checkpoint))",
      }
    : /\.(pkl|pickle)$/i.test(checkpoint)
      ? { install: "", line: "pickle.loads(checkpoint.read_bytes())" }
      : { install: "joblib", line: "joblib.load(checkpoint)" };
  const module = loader.line.split(/[.(]/)[0] ?? "";
  const imports = [...(module === "pickle" ? ["import os", "import pickle"] : ["import os"]), "import sys"];
  const others = [
    ...(module === "pickle" ? [] : [`import ${module === "skops" ? "skops.io" : module}`]),
    "import numpy as np",
  ];
  const packages = ["scikit-learn", "numpy", loader.install].filter((name) => name !== "").join(" ");
  return `"""Write the features that enter a classifier's last layer, as tables that SelMix reads.

    pip install ${packages}
    python export_features.py ${argument(checkpoint)} features

Each of train, validation and test.npz holds "features" [N, ${size}], "labels" [N], and "groups" [N] where there are some.
"""

${imports.join("\n")}
from pathlib import Path

${others.sort().join("\n")}

HEAD = ${quoted(weight)}  # ${size} features in


# Edit this to use your own data.
def load_data(split: str) -> tuple[np.ndarray, ...]:
    """Samples as the classifier's predict takes them, the class index of each, and its group index where there are groups."""
    from data import dataset

    return dataset(split)


def entering(model, samples: np.ndarray) -> np.ndarray:
    """What enters the last layer: all steps of a pipeline but the last, and the hidden layers of a network."""
    last = model
    if hasattr(model, "steps"):
        samples, last = model[:-1].transform(samples), model[-1]
    features = np.asarray(samples, np.float32)
    for weight, bias in zip(getattr(last, "coefs_", [])[:-1], getattr(last, "intercepts_", [])[:-1]):
        features = activation(last.activation)(features @ weight + bias)
    return features


def activation(name: str):
    logistic = lambda x: 1 / (1 + np.exp(-x))
    return {"relu": lambda x: np.maximum(x, 0), "tanh": np.tanh, "logistic": logistic, "identity": lambda x: x}[name]


def main(checkpoint: Path, folder: Path) -> None:
    model = ${loader.line}
    folder.mkdir(parents=True, exist_ok=True)
    for split in ("train", "validation", "test"):
        samples, labels, *groups = load_data(split)
        table = {"features": entering(model, samples).astype(np.float32), "labels": np.asarray(labels, np.int64)}
        if table["features"].shape != (len(labels), ${size}):
            sys.exit(f"{HEAD} gets {table['features'].shape} for {len(labels)} samples, not [N, ${size}]")
        table |= {"groups": np.asarray(group, np.int64) for group in groups}
        temporary = folder / f".{split}.tmp.npz"
        np.savez(temporary, **table)
        os.replace(temporary, folder / f"{split}.npz")
        print(f"{split}: {len(labels)} samples", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
`;
}
