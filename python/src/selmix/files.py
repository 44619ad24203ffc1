"""Heads and tables of features as the command line reads them."""

from collections.abc import Mapping, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from selmix.errors import SelmixError

Table = str | PathLike[str] | Mapping[str, ArrayLike] | Sequence[ArrayLike]
"""A file, or arrays: (features [N,d], labels [N]), groups [N] as a third, or all by name (weights and logits as well)."""

ORDER = ("features", "labels", "groups")


def array(values: Any) -> NDArray[Any]:
    """NumPy's array of anything: tensors that train are detached, and brought from their device."""
    for step in ("detach", "cpu"):
        values = getattr(values, step)() if hasattr(values, step) else values
    return np.asarray(values)


def empty_folder(folder: Path) -> Path:
    """A folder that nothing of anybody lies in, made where it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise SelmixError(f"{folder} is not empty; name a new folder, so that nothing in it is written over.")
    return folder.resolve()


def _numbered(values: NDArray[Any], classes: Sequence[str] | None, role: str) -> NDArray[Any]:
    """Labels by number: their places among `classes` where they are names."""
    if values.dtype.kind not in "UO":
        return values
    if classes is None:
        raise SelmixError(f"The labels of {role} are names; give `classes`, the names in the order of the head's outputs.")
    places = {name: at for at, name in enumerate(classes)}
    unknown = next((name for name in values if name not in places), None)
    if unknown is not None:
        raise SelmixError(f"{role} has the label {unknown!r}, which `classes` lacks; add it, or correct the label.")
    return np.array([places[name] for name in values])


def save_table(table: Table, role: str, folder: Path, classes: Sequence[str] | None) -> str:
    """The file of a table: the given one, or one made of its arrays."""
    if isinstance(table, str | PathLike):
        return str(Path(fspath(table)).resolve())
    named = table if isinstance(table, Mapping) else dict(zip(ORDER, table, strict=False))
    arrays = {name: array(values) for name, values in named.items()}
    if "labels" in arrays:
        arrays["labels"] = _numbered(arrays["labels"], classes, role)
    if arrays.get("groups") is not None and arrays["groups"].dtype.kind == "O":
        arrays["groups"] = arrays["groups"].astype(str)
    file = folder / f"{role}.npz"
    np.savez(file, **arrays)
    return str(file)


def save_head(weight: ArrayLike, bias: ArrayLike | None, folder: Path) -> str:
    """A checkpoint that is nothing but a head: weight [K,d], or [d] and [1,d] of a sigmoid, and bias."""
    file = folder / "head.npz"
    arrays = {"weight": array(weight)} | ({} if bias is None else {"bias": np.atleast_1d(array(bias))})
    np.savez(file, **arrays)
    return str(file)
