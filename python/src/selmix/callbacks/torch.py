"""The epochs of a PyTorch module, and what enters its last layer."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from selmix.callbacks.epochs import Epochs
from selmix.result import Result


def tensors_of(model: torch.nn.Module, head: str) -> dict[str, str | None]:
    """The names of the layer's weight and bias in the module's state_dict."""
    bias = model.get_submodule(head).bias
    return {"weight": f"{head}.weight", "bias": None if bias is None else f"{head}.bias"}


def features_of(
    model: torch.nn.Module, head: str, batches: Iterable[Any], label: str = "labels"
) -> dict[str, NDArray[Any]]:
    """Features, labels and logits of all batches, in evaluation mode and without gradients; the module's mode is restored.

    head: the layer's name in `model.named_modules()`, such as "fc" or "classifier".
    batches: (inputs, labels), or dictionaries whose labels are under `label`.
    """
    seen: dict[str, list[NDArray[Any]]] = {"features": [], "labels": [], "logits": []}

    def keep(_layer: torch.nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
        seen["features"].append(inputs[0].detach().float().cpu().numpy())
        seen["logits"].append(output.detach().float().cpu().numpy())

    layer = model.get_submodule(head)
    device = next(model.parameters()).device
    training = model.training
    hook = layer.register_forward_hook(keep)
    model.eval()
    try:
        with torch.no_grad():
            for batch in batches:
                if isinstance(batch, Mapping):
                    inputs = {name: value.to(device) for name, value in batch.items() if name != label}
                    labels = batch[label]
                    model(**inputs)
                else:
                    given, labels = batch[0], batch[1]
                    model(given.to(device))
                seen["labels"].append(labels.detach().cpu().numpy())
    finally:
        hook.remove()
        model.train(training)
    return {name: np.concatenate(parts) for name, parts in seen.items()}


class TorchEpochs(Epochs):
    """Tunes a module epoch after epoch."""

    def __init__(
        self,
        head: str,
        train: Iterable[Any],
        validation: Iterable[Any],
        test: Iterable[Any] | None = None,
        folder: str | Path = "selmix",
        **settings: Any,
    ) -> None:
        """head: the layer's name in the module. train, validation, test: batches as for `features_of`, in a fixed order and
        without augmentation; validation is not trained on. settings: those of `selmix.tune`.
        """
        super().__init__(folder, **settings)
        self.head = head
        self.sets = {"train": train, "validation": validation} | ({} if test is None else {"test": test})

    def tune_module(self, epoch: int, model: torch.nn.Module, save: Callable[[Path], Path]) -> Result | None:
        """save: writes the checkpoint into a folder, and says where."""
        tables = {role: features_of(model, self.head, batches) for role, batches in self.sets.items()}
        return self.tune(epoch, save, tables, head=tensors_of(model, self.head))
