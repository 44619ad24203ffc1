"""Runs a script as `python script.py arguments` does, where torchvision may have been built for another PyTorch.

torchvision from PyPI goes with PyTorch for CUDA. Beside PyTorch for the CPU its own operators do not load, and then even its
transforms cannot be imported; for those it is enough that the operators have names.
"""

import runpy
import sys

import torch

try:
    import torchvision  # noqa: F401
except RuntimeError:
    operators = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        operators.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    import torchvision  # noqa: F401

sys.argv.pop(0)
sys.path[0] = ""
runpy.run_path(sys.argv[0], run_name="__main__")
