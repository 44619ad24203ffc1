"""What enters the last layer of a PyTorch module, batch by batch."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray


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
