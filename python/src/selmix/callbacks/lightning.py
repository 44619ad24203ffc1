"""PyTorch Lightning."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

try:
    import lightning.pytorch as pl
except ImportError:
    import pytorch_lightning as pl

import torch

from selmix.callbacks.epochs import Epochs
from selmix.callbacks.torch import features_of, tensors_of


class SelMix(pl.Callback):
    """Tunes the head at the end of each epoch; `epochs.results` has what each came to.

    head: the layer's name in the LightningModule. train, validation, test: batches of (inputs, labels), in a fixed order
    and without augmentation; validation is not trained on. settings: those of `selmix.tune`.
    """

    def __init__(
        self,
        head: str,
        train: Iterable[Any],
        validation: Iterable[Any],
        test: Iterable[Any] | None = None,
        folder: str | Path = "selmix",
        **settings: Any,
    ) -> None:
        self.head = head
        self.sets = {"train": train, "validation": validation} | ({} if test is None else {"test": test})
        self.epochs = Epochs(folder, **settings)

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if not trainer.is_global_zero:
            return

        def save(folder: Path) -> Path:
            file = folder / "model.pt"
            torch.save(pl_module.state_dict(), file)
            return file

        tables = {role: features_of(pl_module, self.head, batches) for role, batches in self.sets.items()}
        self.epochs.tune(trainer.current_epoch, save, tables, head=tensors_of(pl_module, self.head))
