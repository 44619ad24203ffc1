"""Makes a CSV of 1e6 x 10 scores and Parquet tables of 1e6 x 768 float32, as columns and as lists: python make_large.py <folder>"""
import pathlib
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

folder = pathlib.Path(sys.argv[1])
rows, size, classes = 1_000_000, 768, 10
random = np.random.default_rng(0)

scores = random.dirichlet(np.ones(classes), rows).astype(np.float32)
labels = random.integers(0, classes, rows)
with open(folder / "scores.csv", "w") as file:
    file.write(",".join(f"p_{k}" for k in range(classes)) + ",dx\n")
    for row, label in zip(scores, labels):
        file.write(",".join(map(str, row)) + f",class{label}\n")

names = [f"emb_{d}" for d in range(size)] + ["label"]
piece = 100_000
# pyarrow's own row groups of 2**20 rows for columns: the hardest to turn into rows.
block = random.standard_normal((piece, size), dtype=np.float32)
columns = [pa.chunked_array([block[:, d] + np.float32(i) for i in range(rows // piece)]) for d in range(size)]
table = pa.table([*columns, pa.array(labels)], names=names)
pq.write_table(table, folder / "columns.parquet", use_dictionary=False, row_group_size=rows)
del table, columns
schema = pa.schema([("emb", pa.list_(pa.float32())), ("label", pa.int64())])
with pq.ParquetWriter(folder / "lists.parquet", schema) as writer:
    for i in range(rows // piece):
        flat = pa.array((block + np.float32(i)).reshape(-1))
        offsets = pa.array(np.arange(piece + 1, dtype=np.int32) * size)
        lists = pa.ListArray.from_arrays(offsets, flat)
        writer.write_table(pa.table([lists, pa.array(labels[i * piece : (i + 1) * piece])], schema=schema))
