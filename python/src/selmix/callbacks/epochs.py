"""What the callbacks have in common: each epoch's checkpoint and features are kept together in a folder of its own, and tuned."""

import logging
from collections.abc import Callable, Mapping
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from selmix.errors import SelmixError
from selmix.result import Result
from selmix.tuning import tune

Arrays = Mapping[str, NDArray[Any]]
log = logging.getLogger("selmix")


class Epochs:
    """Tunes epoch after epoch; `results` has what each came to. A tune that fails is logged, and training goes on."""

    def __init__(self, folder: str | Path, **settings: Any) -> None:
        """folder: each training gets the next free `run_001` in it. settings: those of `selmix.tune`."""
        self.parent = Path(folder)
        self.settings = settings
        self.results: dict[int, Result] = {}

    @cached_property
    def folder(self) -> Path:
        """Made with the first epoch."""
        for number in count(1):
            folder = self.parent / f"run_{number:03d}"
            try:
                folder.mkdir(parents=True)
            except FileExistsError:
                continue
            return folder
        raise AssertionError("numbers do not end")

    def tune(
        self, epoch: int, save: Callable[[Path], Path], tables: Mapping[str, Arrays], **more: Any
    ) -> Result | None:
        """save: writes the checkpoint into a folder, and says where. tables: by role, with "features", "labels" and "logits"."""
        home = self.folder / f"epoch_{epoch:03d}"
        home.mkdir()
        try:
            checkpoint = save(home)
            result = tune(checkpoint=checkpoint, folder=home / "selmix", **tables, **more, **self.settings)
        except SelmixError as error:
            log.warning("SelMix did not tune epoch %d: %s", epoch, error)
            return None
        self.results[epoch] = result
        log.info("Epoch %d. %s", epoch, result.sentence)
        return result
