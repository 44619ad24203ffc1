"""`selmix.tune`: arrays or files in, a verdict and a head out."""

import json
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from os import PathLike
from pathlib import Path
from typing import Any

from numpy.typing import ArrayLike

from selmix import command
from selmix.errors import SelmixError
from selmix.files import Table, array, empty_folder, save_head, save_table
from selmix.result import Result


def tune(
    weight: ArrayLike | None = None,
    bias: ArrayLike | None = None,
    *,
    train: Table,
    validation: Table,
    test: Table | None = None,
    checkpoint: str | PathLike[str] | None = None,
    objective: str | dict[str, Any] = "minRecall",
    constraints: Sequence[dict[str, Any]] = (),
    classes: Sequence[str] | None = None,
    folder: str | PathLike[str] | None = None,
    **configuration: Any,
) -> Result:
    """Tunes the last layer of a trained classifier for an objective under constraints.

    weight, bias: the layer, [K,d] and [K]; [d] or [1,d] for one output. Arrays, or tensors of PyTorch.
    train, validation, test: what enters the layer, with labels; see `selmix.files.Table`. Validation steers and is not
        trained on; test is only reported on.
    objective: a metric, `{"weighted": {"minRecall": 0.7, "accuracy": 0.3}}`, or `{"cost": [[0, 1], [5, 0]]}`.
    checkpoint: a file in the place of weight and bias; the tuned copy is of the same format.
    classes: names in the order of the outputs; labels may then be names.
    folder: a new or empty one, where the copy, the run and what it was made of are kept. Without one nothing is left behind.
    configuration: any other key of selmix.json, such as `seed=1` or `head={"copies": "ema"}`.

    Raises `SelmixError`, one sentence: what, where, what to do.
    """
    if (weight is None) == (checkpoint is None):
        raise SelmixError("Give the head's weight (and bias), or a checkpoint, and not both.")
    with tempfile.TemporaryDirectory(prefix="selmix-") if folder is None else nullcontext(folder) as place:
        home = empty_folder(Path(place))
        given = {"train": train, "validation": validation} | ({} if test is None else {"test": test})
        names = None if classes is None else [str(name) for name in classes]
        features = {role: save_table(table, role, home, names) for role, table in given.items()}
        source = save_head(weight, bias, home) if checkpoint is None else str(Path(checkpoint).resolve())
        settings = {
            "checkpoints": [source],
            "features": features,
            "objective": objective,
            "constraints": list(constraints),
            "output": str(home / "tuned" / "${checkpointName}.selmix${checkpointExt}"),
            **({} if names is None else {"classes": names}),
            **configuration,
        }
        file = home / "selmix.json"
        file.write_text(json.dumps(settings, indent=2))
        said = command.run(["tune", source, "--config", str(file), "--allow-outside"], home)
        return Result.of(said, None if weight is None else (array(weight), None if bias is None else array(bias)))
