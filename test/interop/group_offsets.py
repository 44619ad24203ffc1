"""Prints the predicted class of every row of a table, by a tuned head and the offsets by group: the documentation's own snippet."""

import json
import re
import sys
from pathlib import Path

from safetensors.numpy import load_file

snippet, copy, features = sys.argv[1:4]
code = re.search(r"```python\n(.*?)```", Path(snippet).read_text(encoding="utf-8"), re.S).group(1)
scope: dict = {}
exec(code, scope)

head, table = load_file(copy), load_file(features)
logits = table["features"] @ head["head.weight"].T + head["head.bias"]
by_index = scope["with_group_offsets"](logits, table["groups"].tolist(), f"{copy}.groups.json").argmax(1)
names = json.loads(Path(f"{copy}.groups.json").read_text(encoding="utf-8"))["groups"]
by_name = scope["with_group_offsets"](logits, [names[g] for g in table["groups"]], f"{copy}.groups.json").argmax(1)
print(json.dumps({"by_index": by_index.tolist(), "by_name": by_name.tolist()}))
