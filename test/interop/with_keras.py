"""Runs a .keras file and its tuned copy in Keras on the images of a table.

Prints JSON: the copy's outputs, the names of the weights that differ, and the labels.
"""

import json
import os
import sys

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
from safetensors.numpy import load_file

source, tuned = (keras.saving.load_model(file) for file in sys.argv[1:3])
table = load_file(sys.argv[3])
pairs = zip(source.weights, tuned.weights, strict=True)
changed = [one.path for one, other in pairs if not np.array_equal(np.array(one), np.array(other))]
outputs = tuned.predict(table["images"], verbose=0)
print(json.dumps({"outputs": outputs.tolist(), "changed": changed, "labels": table["labels"].tolist()}))
