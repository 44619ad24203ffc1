"""SelMix on the whole network: runs the script that `selmix policy --script` writes for one setting, configuration and objective.

    python bench/paper/whole.py --data fashion-mnist --unlabelled 100 --seed 0 --config coverage.json --objective meanRecall

Prints the run's folder last. Started by measure.ts.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from settings import DATA, READERS, Setting

ROOT = Path(__file__).resolve().parents[2]
SELMIX = [str(ROOT / "node_modules/.bin/node"), str(ROOT / "dist/cli.mjs")]
LOAD = '''def load(checkpoint):
    sys.path.insert(0, {here!r})
    torch.set_num_threads({threads})
    from settings import Setting, opened_network

    sets = Setting({data!r}, {unlabelled}, {seed}).sets(Path({source!r}))
    sets = {{"train": sets["labelled"], "unlabeled": sets["unlabelled"][0], "validation": sets["validation"], "test": sets["test"]}}
    return opened_network(checkpoint), sets


'''


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="fashion-mnist", choices=list(READERS))
    parser.add_argument("--source", default=DATA, help="folder with the set's files")
    parser.add_argument("--home", type=Path, default=ROOT / ".cache" / "paper", help="where the settings' folders are")
    parser.add_argument("--unlabelled", type=float, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--config", required=True)
    parser.add_argument("--objective", required=True)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    folder = Setting(options.data, options.unlabelled, options.seed).folder(options.home)
    script = folder / f"finetune-{Path(options.config).stem}.py"
    script.unlink(missing_ok=True)
    subprocess.run([*SELMIX, "policy", "--script", script, "--config", folder / options.config], check=True, stdout=sys.stderr)
    before, rest = script.read_text().split("def load(", 1)
    facts = {name: getattr(options, name) for name in ("data", "source", "unlabelled", "seed", "threads")}
    script.write_text(before + LOAD.format(here=str(Path(__file__).parent), **facts) + "def augmented(" + rest.split("def augmented(", 1)[1])
    chosen = ["--objective", options.objective, "--seed", str(options.seed), "--steps", str(options.steps)]
    raise SystemExit(subprocess.run([sys.executable, script, folder / "checkpoint.pt", *chosen]).returncode)


if __name__ == "__main__":
    main()
