/** What a project's files are taken for, from their content. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkpointGlobs, lookIntoCheckpoints } from "../../../src/extension/wizard/checkpoints.ts";
import { asScores, fittingTables, surveyed, tablesAmong } from "../../../src/extension/wizard/tables.ts";
import { makeNpy } from "../../files/makeNpy.ts";
import { makeSafetensors } from "../../files/makeSafetensors.ts";
import { makeZip } from "../../files/makeZip.ts";
import { fillGrouped } from "../../support/groupedWorkspace.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "selmix-scan-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const running = { isCancellationRequested: false };
const fixtures = path.join(import.meta.dirname, "../../fixtures");

async function tables(...files: readonly string[]) {
  const found = await Promise.all(files.map((file) => surveyed(folder, file)));
  return tablesAmong(found.flatMap((one) => one ?? []));
}

function write(file: string, content: string | Uint8Array): void {
  mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
  writeFileSync(path.join(folder, file), content);
}

test("arrays under the usual names need no columns; groups are found", async () => {
  fillGrouped(folder);
  const [train] = await tables("features/train.npz");
  expect(train).toMatchObject({ classes: 7, size: 8 });
  expect(train?.reading).toMatchObject({ kind: "features", columns: {}, others: [] });
  expect(train?.reading.groups).toMatchObject([{ name: "groups", count: 2, texts: null }]);
});

test("arrays under other names are mapped, and what may be groups is offered", async () => {
  fillGrouped(folder, { names: { features: "X", labels: "y", groups: "skin" } });
  const [train] = await tables("features/train.npz");
  expect(train).toMatchObject({ classes: 7, size: 8 });
  expect(train?.reading).toMatchObject({
    columns: { features: "X", labels: "y" },
    groups: [],
    others: [{ name: "skin", count: 2 }],
  });
});

test("of two arrays that could be features, and two that could be labels, neither is chosen", async () => {
  const rows = (values: number) => ({ dtype: "F32", shape: [8, 2], values: Array<number>(16).fill(values) });
  const index = (modulo: number) => ({
    dtype: "I64",
    shape: [8],
    values: Array.from({ length: 8 }, (_, row) => row % modulo),
  });
  write(
    "a.safetensors",
    makeSafetensors({ left: rows(1), right: rows(2), kind: index(3), colour: index(4) }),
  );
  const [table] = await tables("a.safetensors");
  expect(table?.reading.open).toEqual({ rows: ["left", "right"], labels: ["kind", "colour"] });
  expect(table?.classes).toBeNull();
});

test("scores of a classifier in a CSV are known by their names, with labels and groups of text", async () => {
  const lines = Array.from({ length: 30 }, (_, row) =>
    [`id${row}`, 0.2, 0.3, 0.5, ["cat", "dog", "eel"][row % 3], row % 2 === 0 ? "f" : "m"].join(","),
  );
  write("val.csv", ["id,p_cat,p_dog,p_eel,label,sex", ...lines].join("\n"));
  const [table] = await tables("val.csv");
  expect(table?.reading).toMatchObject({
    kind: "scores",
    size: 3,
    columns: { scores: "p_*" },
    labels: { name: "label", texts: ["cat", "dog", "eel"] },
    others: [{ name: "sex", texts: ["f", "m"] }],
  });
  expect(table?.reading.columns).not.toHaveProperty("labels");
});

test("as many numbers as classes may be scores; a single score is one of two classes", async () => {
  const lines = Array.from({ length: 12 }, (_, row) =>
    [0.1, 0.2, 0.7, ["cat", "dog", "eel"][row % 3]].join(","),
  );
  write("val.csv", ["cat,dog,eel,label", ...lines].join("\n"));
  const [table] = await tables("val.csv");
  if (!table) throw new Error("no table");
  expect(table.reading.kind).toBe("features");
  expect(asScores(table)?.reading).toMatchObject({ kind: "scores", columns: { scores: "*" } });
  write("two.csv", ["score,label", ...lines.map((_, row) => `0.${row + 1},${row % 2}`)].join("\n"));
  const [two] = await tables("two.csv");
  expect(two?.reading).toMatchObject({ kind: "scores", size: 1, columns: { scores: "score" } });
});

test("columns of one family are the features, whatever other numbers stand beside them", async () => {
  const lines = Array.from({ length: 12 }, (_, row) => [0.1, 0.2, 0.3, 40.5, row % 4].join(","));
  write("train.csv", ["emb_0,emb_1,emb_2,age,dx", ...lines].join("\n"));
  const [table] = await tables("train.csv");
  expect(table?.reading).toMatchObject({
    kind: "features",
    size: 3,
    columns: { features: "emb_*", labels: "dx" },
  });
});

test("features without labels go with the table beside them that has as many rows", async () => {
  const rows = { dtype: "F32", shape: [6, 4], values: Array<number>(24).fill(1) };
  write("train.safetensors", makeSafetensors({ features: rows }));
  write("val.safetensors", makeSafetensors({ features: rows }));
  const facts = ["dx,sex", "nv,f", "mel,m", "nv,f", "mel,m", "nv,f", "mel,m"].join("\n");
  write("train.csv", facts);
  write("val.csv", facts);
  const found = await tables("train.safetensors", "val.safetensors", "train.csv", "val.csv");
  expect(found.map(({ file, metadata }) => [file, metadata?.file])).toEqual([
    ["train.safetensors", "train.csv"],
    ["val.safetensors", "val.csv"],
  ]);
  expect(found[0]?.reading).toMatchObject({ columns: { labels: "dx" }, others: [{ name: "sex" }] });
});

test("tables that are read alike go together: arrays called train and validation before a spreadsheet that lies about", async () => {
  fillGrouped(folder);
  const lines = Array.from({ length: 12 }, (_, row) => [0.1, 0.2, row % 4].join(","));
  for (const name of ["a", "b", "train", "val"])
    write(`notes/${name}.csv`, ["x,z,label", ...lines].join("\n"));
  const files = [
    "notes/a.csv",
    "notes/b.csv",
    "notes/train.csv",
    "notes/val.csv",
    "features/train.npz",
    "features/val.npz",
  ];
  const found = fittingTables(await tables(...files));
  expect(found.map(({ file }) => file)).toEqual(["features/train.npz", "features/val.npz"]);
  const notes = await tables("notes/a.csv", "features/train.npz");
  expect(fittingTables(notes)).toHaveLength(2);
});

test("a network is no table", async () => {
  const example = path.join(import.meta.dirname, "../../../examples/fashion-mnist-lt/checkpoints");
  cpSync(example, path.join(folder, "checkpoints"), { recursive: true });
  const found = await surveyed(folder, "checkpoints/epoch-10.safetensors");
  expect(found?.survey.columns.filter(({ kind }) => kind === "index") ?? []).toEqual([]);
});

test("PyTorch, scikit-learn and Hugging Face checkpoints are found; embeddings and an optimizer are not", async () => {
  fillGrouped(folder);
  cpSync(path.join(fixtures, "pytorch/bf16.pth"), path.join(folder, "old/best.pth"));
  cpSync(path.join(fixtures, "sklearn/logreg.joblib"), path.join(folder, "model.joblib"));
  const head = { dtype: "F32", shape: [3, 4], values: Array<number>(12).fill(1) };
  for (const step of [500, 1000]) {
    write(`out/checkpoint-${step}/model.safetensors`, makeSafetensors({ "classifier.weight": head }));
    write(`out/checkpoint-${step}/config.json`, "{}");
    write(`out/checkpoint-${step}/optimizer.pt`, "never read");
  }
  const many = { dtype: "F32", shape: [400, 4], values: Array<number>(1600).fill(1) };
  write("checkpoints/embeddings.safetensors", makeSafetensors({ embedding: many }));
  const found = await lookIntoCheckpoints(
    folder,
    [
      "checkpoints/epoch_12.pt",
      "out/checkpoint-1000/model.safetensors",
      "out/checkpoint-1000/optimizer.pt",
      "out/checkpoint-500/model.safetensors",
      "out/checkpoint-500/optimizer.pt",
      "checkpoints/embeddings.safetensors",
      "old/best.pth",
      "model.joblib",
    ],
    running,
  );
  const globs = checkpointGlobs(found);
  expect(globs.filter(({ doubt }) => doubt === null).map(({ glob }) => glob)).toEqual([
    "checkpoints/*.pt",
    "out/checkpoint-*",
    "old/*.pth",
    "*.joblib",
  ]);
  expect(globs.at(-1)).toMatchObject({
    glob: "checkpoints/embeddings.safetensors",
    doubt: expect.stringContaining("a row for each sample"),
  });
});

test("embeddings in npz are none either, whatever they are called; a state dict in .pth is", async () => {
  const rows = (count: number, size: number) => new Uint8Array(4 * count * size);
  const array = (name: string, descr: string, shape: number[], bytes: Uint8Array) => ({
    name: `${name}.npy`,
    bytes: makeNpy(descr, shape, bytes),
  });
  const labels = array("labels", "<i4", [300], rows(300, 1));
  // More numbers in a row than rows: by its shape alone it could be a head of 300 classes.
  const wide = rows(300, 512);
  const files = {
    "emb/saved.npz": [array("arr_0", "<f4", [300, 512], wide)],
    "emb/train_embeddings.npz": [array("embeddings", "<f4", [300, 512], wide)],
    "emb/labelled.npz": [array("pooled", "<f4", [300, 512], wide), labels],
    "heads/linear.npz": [
      array("coef", "<f4", [300, 512], wide),
      array("intercept", "<f4", [300], rows(300, 1)),
    ],
  };
  for (const [file, members] of Object.entries(files)) write(file, makeZip(members));
  mkdirSync(path.join(folder, "old"));
  cpSync(path.join(fixtures, "pytorch/bf16.pth"), path.join(folder, "old/best.pth"));
  const found = await lookIntoCheckpoints(folder, [...Object.keys(files), "old/best.pth"], running);
  expect(found.filter(({ doubt }) => doubt === null).map(({ file }) => file)).toEqual([
    "heads/linear.npz",
    "old/best.pth",
  ]);
});

test("beside a file that is no checkpoint, each is named by itself", async () => {
  fillGrouped(folder);
  cpSync(path.join(folder, "checkpoints/epoch_12.pt"), path.join(folder, "checkpoints/epoch_13.pt"));
  write("checkpoints/broken.pt", "not a checkpoint");
  const names = ["epoch_13.pt", "epoch_12.pt", "broken.pt"].map((name) => `checkpoints/${name}`);
  const globs = checkpointGlobs(await lookIntoCheckpoints(folder, names, running));
  expect(globs.map(({ glob, doubt }) => [glob, doubt === null])).toEqual([
    ["checkpoints/epoch_13.pt", true],
    ["checkpoints/epoch_12.pt", true],
    ["checkpoints/broken.pt", false],
  ]);
});
