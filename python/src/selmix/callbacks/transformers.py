"""Hugging Face Transformers."""

from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from selmix.callbacks.torch import TorchEpochs


class SelMix(TrainerCallback):
    """Tunes the head at the end of each epoch; `epochs.results` has what each came to. Arguments: those of `TorchEpochs`."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        self.epochs = TorchEpochs(*arguments, **settings)

    def on_epoch_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, model: Any = None, **_rest: Any
    ) -> None:
        if not state.is_world_process_zero:
            return

        def save(folder: Path) -> Path:
            model.save_pretrained(folder / "model")
            return folder / "model"

        self.epochs.tune_module(round(state.epoch or 0), model, save)
