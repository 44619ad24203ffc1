"""Hugging Face Transformers."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from selmix.callbacks.epochs import Epochs
from selmix.callbacks.torch import features_of, tensors_of


class SelMix(TrainerCallback):
    """Tunes the head at the end of each epoch; `epochs.results` has what each came to.

    head: the layer's name in the model, such as "classifier" or "score". train, validation, test: batches as
    dictionaries with "labels", in a fixed order; validation is not trained on. settings: those of `selmix.tune`.
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

    def on_epoch_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, model: Any = None, **_rest: Any
    ) -> None:
        if not state.is_world_process_zero:
            return

        def save(folder: Path) -> Path:
            model.save_pretrained(folder / "model")
            return folder / "model"

        tables = {role: features_of(model, self.head, batches) for role, batches in self.sets.items()}
        self.epochs.tune(round(state.epoch or 0), save, tables, head=tensors_of(model, self.head))
