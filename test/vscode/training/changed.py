"""Loads two checkpoints of the example's network and prints, as JSON, the names of the tensors that differ."""

import json
import sys

import torch

source, tuned = (torch.load(file, map_location="cpu", weights_only=True) for file in sys.argv[1:3])
if list(source) != list(tuned):
    sys.exit(f"{sys.argv[2]} has other tensors: {list(tuned)}")
print(json.dumps([name for name in source if not torch.equal(source[name], tuned[name])]))
