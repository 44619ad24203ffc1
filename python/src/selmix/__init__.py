"""Fixes a trained classifier that is good on average and bad for somebody (selective mixup fine-tuning)."""

from selmix.errors import SelmixError
from selmix.result import Result
from selmix.tuning import tune

__all__ = ["Result", "SelmixError", "tune"]
