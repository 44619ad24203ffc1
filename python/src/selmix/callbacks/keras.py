"""Keras 3."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import ArrayLike, NDArray

from selmix.callbacks.epochs import Epochs

Samples = tuple[ArrayLike, ArrayLike]


class SelMix(keras.callbacks.Callback):
    """Tunes the last Dense layer at the end of each epoch; `epochs.results` has what each came to.

    head: that layer's name. train, validation, test: (inputs, labels as numbers); validation is not trained on.
    settings: those of `selmix.tune`.
    """

    def __init__(
        self,
        head: str,
        train: Samples,
        validation: Samples,
        test: Samples | None = None,
        folder: str | Path = "selmix",
        **settings: Any,
    ) -> None:
        super().__init__()
        self.head = head
        self.sets = {"train": train, "validation": validation} | ({} if test is None else {"test": test})
        self.epochs = Epochs(folder, **settings)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        layer = self.model.get_layer(self.head)
        body = keras.Model(self.model.inputs, layer.input)

        def table(samples: Samples) -> dict[str, NDArray[Any]]:
            inputs, labels = samples
            return {"features": np.asarray(body.predict(inputs, verbose=0)), "labels": np.asarray(labels).ravel()}

        def save(folder: Path) -> Path:
            file = folder / "model.keras"
            self.model.save(file)
            return file

        self.epochs.tune(epoch, save, {role: table(samples) for role, samples in self.sets.items()})
