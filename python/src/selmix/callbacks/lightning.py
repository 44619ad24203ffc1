"""PyTorch Lightning."""

from pathlib import Path
from typing import Any

try:
    import lightning.pytorch as pl
except ImportError:
    import pytorch_lightning as pl

import torch

from selmix.callbacks.torch import TorchEpochs


class SelMix(pl.Callback):
    """Tunes the head at the end of each epoch; `epochs.results` has what each came to. Arguments: those of `TorchEpochs`."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        self.epochs = TorchEpochs(*arguments, **settings)

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if not trainer.is_global_zero:
            return

        def save(folder: Path) -> Path:
            file = folder / "model.pt"
            torch.save(pl_module.state_dict(), file)
            return file

        self.epochs.tune_module(trainer.current_epoch, pl_module, save)
