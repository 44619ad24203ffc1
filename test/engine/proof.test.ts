/** `"confidence"`: which rows prove, what is said, and the certificate with every way to tamper with it. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { digestOf } from "../../src/engine/proof/certificate.ts";
import { verifyCertificate } from "../../src/engine/proof/verify.ts";
import { certificate as schema } from "../../src/protocol/certificate.ts";
import { allHold, verdictSentence } from "../../src/words/constraints.ts";
import { makeSafetensors } from "../files/makeSafetensors.ts";
import { madeTable, TableWorkspace } from "../support/tables.ts";

let workspace: TableWorkspace;
beforeAll(() => {
  workspace = new TableWorkspace();
  workspace.table("train", madeTable([600, 150, 50], 1), true);
  workspace.table("validation", madeTable([300, 300, 300], 2), true);
  workspace.table("test", madeTable([450, 400, 300], 3), true);
});
afterAll(() => rmSync(workspace.folder, { recursive: true }));

const features = { train: "train.safetensors", validation: "validation.safetensors" };
const recall = { metric: "recall", atLeast: 0.6 };
const common = { objective: "meanRecall", confidence: 0.95, constraints: [recall] };
const pause = async () => undefined;

it("proves bounds by rows held back from validation, writes the head and its certificate, which holds", async () => {
  workspace.configure({ ...common, features });
  const result = await workspace.tune();
  expect(result.verdict?.decision).toMatch(/use/);
  const [verdict] = result.constraints;
  expect(verdict).toMatchObject({ status: "proved", satisfied: true });
  expect(verdict.proof).toMatchObject({ rows: "heldBack", confidence: 0.95, needed: null, reason: null });
  expect(verdict.proof?.pValue).toBeLessThanOrEqual(0.05);
  expect(allHold(result.constraints)).toBe(true);
  expect(verdictSentence(verdict)).toMatch(/proved at 95\u202f% \(.*on 120 held-back rows, p = 0\.0/);
  // 40 % of validation proves; the other rows are what validation reports.
  expect(result.after.validation.support.reduce((sum, rows) => sum + rows, 0)).toBe(540);
  const file = `${result.output}.certificate.json`;
  const verified = await verifyCertificate(file, pause);
  expect(verified).toMatchObject({ valid: true, differences: [] });
  const { heads, counts, table } = schema.parse(JSON.parse(readFileSync(file, "utf8")));
  expect(table.heldBack).toMatchObject({ share: 0.4, of: 900, inProportion: true });
  // The weakest value is the least share that counts give, and its tail is that of the binomial distribution.
  const shares = [0, 1, 2].map((k) => {
    const own = counts.filter(({ class: name }) => name === ["cat", "dog", "owl"][k]);
    const right = own.reduce((sum, { predicted }) => sum + predicted[k], 0);
    return [right, own.reduce((sum, { predicted }) => sum + predicted.reduce((a, b) => a + b), 0)] as const;
  });
  const least = shares.reduce((a, b) => (a[0] / a[1] < b[0] / b[1] ? a : b));
  const last = heads.at(-1)?.tests[0];
  expect(last?.weakest.counts).toEqual([[...least]]);
  expect(last?.pValue).toBeCloseTo(tail(...least, 0.6), 10);
});

/** P(X >= x) for X ~ Binomial(n, p), term by term. */
function tail(x: number, n: number, p: number): number {
  let [sum, log] = [0, n * Math.log(1 - p)];
  for (let k = 0; k <= n; k++) {
    if (k >= x) sum += Math.exp(log);
    log += Math.log((n - k) / (k + 1)) + Math.log(p / (1 - p));
  }
  return sum;
}

it("holds the same rows back for the same seed, others for another, and none without a confidence", async () => {
  const seen = async (more: object) => {
    workspace.configure({ ...common, features, ...more });
    const { evaluation } = await workspace.evaluate();
    return evaluation.validation.recall;
  };
  const seeded = (seed: number) => seen({ tuning: { seed, steps: 200, controls: "none" } });
  expect(await seeded(3)).toEqual(await seeded(3));
  expect(await seeded(3)).not.toEqual(await seeded(4));
  workspace.configure({ objective: "meanRecall", features, constraints: [recall] });
  const { evaluation } = await workspace.evaluate();
  expect(evaluation.validation.support.reduce((sum, rows) => sum + rows, 0)).toBe(900);
});

it("recommends no head of which a bound is not proved, and says what it would take", async () => {
  workspace.configure({ ...common, features, constraints: [{ metric: "recall", atLeast: 0.68 }] });
  const result = await workspace.tune();
  const [{ status, satisfied, proof }] = result.constraints;
  expect([status, satisfied, result.output]).toEqual(["notProved", false, null]);
  expect(result.verdict).toMatchObject({ decision: "cannotTell", reason: "notProved" });
  expect(proof?.needed?.[0]?.rows).toBeGreaterThan(20);
  expect(result.verdict?.sentence).toMatch(/is not proved at 95.*more of .* in validation would prove it/);
});

it("lists rows without labels that may prove it, drawn at random, and those that help to tune", async () => {
  workspace.table("unlabeled", madeTable([900, 900, 900], 8));
  workspace.configure({
    ...common,
    features: { ...features, unlabeled: "unlabeled.safetensors" },
    constraints: [{ metric: "recall", atLeast: 0.68 }],
  });
  const { runFolder, warnings, constraints } = await workspace.tune();
  const lines = readFileSync(path.join(runFolder, "label.csv"), "utf8")
    .trim()
    .split("\n")
    .map((line) => line.split(","));
  expect(lines[0]).toEqual(["row", "for", "predicted", "margin"]);
  const rows = lines.slice(1).map(([row]) => Number(row));
  expect(new Set(rows).size).toBe(rows.length);
  const proving = lines.filter(([, use]) => use === "proof");
  // As many as hold the rows that are needed, of classes that are a third of all each.
  const needed = constraints[0].proof?.needed?.[0]?.rows ?? 0;
  expect(proving.length).toBeGreaterThanOrEqual(Math.min(2700, 3 * needed));
  // At random: their margins are those of all rows, while the others are the least sure ones.
  const margins = (use: string) => lines.filter((line) => line[1] === use).map((line) => Number(line[3]));
  const middle = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
  if (proving.length < 2600) expect(middle(margins("tuning"))).toBeLessThan(middle(margins("proof")) / 3);
  expect(warnings.join(" ")).toMatch(/Rows to label are in .*label\.csv/);
});

it("says of a bound that so few rows prove of no head that it is not provable", async () => {
  workspace.configure({
    ...common,
    features: { ...features, certify: 0.05 },
    constraints: [{ metric: "recall", classes: ["cat"], atLeast: 0.85 }],
    objective: "meanRecall",
  });
  const result = await workspace.tune();
  const [{ status, proof }] = result.constraints;
  expect(["notProvable", "missed"]).toContain(status);
  expect(proof?.reason).toBe("15 rows of cat cannot prove it, whatever the head.");
});

it("proves by a table of its own, and by none that trains or is validation", async () => {
  workspace.table("certify", madeTable([200, 200, 200], 9), true);
  workspace.configure({ ...common, features: { ...features, certify: "certify.safetensors" } });
  const result = await workspace.tune();
  expect(result.constraints[0].proof).toMatchObject({ rows: "certify", samples: [{ rows: 200 }] });
  expect(result.after.validation.support.reduce((sum, rows) => sum + rows, 0)).toBe(900);
  expect(await verifyCertificate(`${result.output}.certificate.json`, pause)).toMatchObject({ valid: true });
  workspace.configure({ ...common, features: { ...features, certify: "validation.safetensors" } });
  await expect(workspace.tune()).rejects.toThrow(/same table/);
  workspace.configure({ ...common, features: { ...features, validation: "train.safetensors" } });
  await expect(workspace.tune()).rejects.toThrow(/train/);
});

it("proves nothing of a tuned copy by a part of the rows that it was tuned on", async () => {
  workspace.configure({ ...common, features });
  const { output } = await workspace.tune();
  workspace.configure({ ...common, features, tuning: { steps: 200, controls: "none", seed: 7 } });
  const [own] = (await workspace.evaluate()).constraints;
  expect(own.proof?.reason).toBeNull();
  const [ofCopy] = (await workspace.evaluate(output)).constraints;
  expect(ofCopy).toMatchObject({ status: "notProvable", satisfied: false });
  expect(ofCopy.proof?.reason).toMatch(/is a tuned copy.*selmix verify/);
  // A table of other rows tells of it as of any head.
  workspace.configure({ ...common, features: { ...features, certify: "certify.safetensors" } });
  expect((await workspace.evaluate(output)).constraints[0]).toMatchObject({ status: "proved" });
});

it("proves no difference where a group that other tables have gives no row to prove by", async () => {
  const three = new TableWorkspace();
  const withRare = (rows: readonly number[], seed: number, rare: number) => {
    const made = madeTable(rows, seed);
    return { ...made, groups: made.groups.map((group, row) => (row < rare ? 2 : group)) };
  };
  three.table("train", withRare([600, 150, 50], 1, 20), true);
  three.table("validation", withRare([300, 300, 300], 2, 20), true);
  three.table("certify", withRare([400, 400, 400], 3, 0), true);
  three.configure({
    ...{ ...common, features: { ...features, certify: "certify.safetensors" }, minimumSupport: 1 },
    ...{ unjudged: "allow", constraints: [{ metric: "accuracyDifference", atMost: 0.6 }] },
  });
  const [verdict] = (await three.evaluate()).constraints;
  expect(verdict.satisfied).toBe(false);
  expect(verdict.proof?.reason).toMatch(/^There are no rows of .*group 2/);
  rmSync(three.folder, { recursive: true });
});

it("proves bounds between the values of one attribute, and certifies them by these", async () => {
  const two = new TableWorkspace();
  const write = (name: string, rows: readonly number[], seed: number) => {
    const { features: all, labels, groups } = madeTable(rows, seed);
    const count = labels.length;
    const tensors = {
      features: { dtype: "F32", shape: [count, 3], values: all.flat() },
      labels: { dtype: "I64", shape: [count], values: labels },
      "groups:sex": { dtype: "I64", shape: [count], values: groups },
      "groups:age": { dtype: "I64", shape: [count], values: labels.map((_, row) => row % 3) },
    };
    writeFileSync(path.join(two.folder, `${name}.safetensors`), makeSafetensors(tensors));
  };
  write("train", [600, 150, 50], 1);
  write("validation", [500, 500, 500], 2);
  two.configure({
    ...common,
    features,
    groups: { sex: ["female", "male"], age: ["young", "middle", "old"] },
    constraints: [{ metric: "recallDifference", attribute: "sex", atMost: 0.45 }],
  });
  const { output, constraints } = await two.tune();
  expect(constraints[0]).toMatchObject({ status: "proved", proof: { attribute: "sex" } });
  const file = `${output}.certificate.json`;
  const { bounds, heads } = schema.parse(JSON.parse(readFileSync(file, "utf8")));
  expect(bounds[0].attribute?.name).toBe("sex");
  expect(bounds[0].attribute?.values).toContainEqual(["male, old", "male"]);
  expect(heads.at(-1)?.tests[0].weakest.groups.toSorted()).toEqual(["female", "male"]);
  expect(await verifyCertificate(file, pause)).toMatchObject({ valid: true, differences: [] });
  rmSync(two.folder, { recursive: true });
});

it("takes the certificate away with its copy, and with the next one that proves nothing", async () => {
  workspace.configure({ ...common, features });
  const { output, runFolder } = await workspace.tune();
  const file = `${output}.certificate.json`;
  expect(existsSync(file)).toBe(true);
  await workspace.discard(runFolder);
  expect(existsSync(file)).toBe(false);
});

/** Every number, text and flag of an object, by its path. */
function leaves(value: unknown, place: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== "object" || value === null) return value === null ? [] : [place];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...place, key]));
}

function altered(value: unknown): unknown {
  if (typeof value === "number") return value === 0 ? 1 : value < 1 ? value * 0.9 : value + 1;
  if (typeof value === "boolean") return !value;
  if (typeof value !== "string") return "other";
  const at = Math.floor(value.length / 2);
  const other = value[at] === "a" ? "b" : "a";
  return `${value.slice(0, at)}${other}${value.slice(at + 1)}`;
}

it("says in a sentence that a certificate is not there", async () => {
  const file = path.join(workspace.folder, "gone.certificate.json");
  await expect(verifyCertificate(file, pause)).rejects.toThrow(
    /gone\.certificate\.json cannot be read: it does not exist; name the certificate/,
  );
});

it("finds each of 200 tampered certificates, and those that were given a digest of their own", async () => {
  workspace.configure({
    ...common,
    features,
    constraints: [recall, { metric: "recallDifference", atMost: 0.45 }],
  });
  const result = await workspace.tune();
  const file = `${result.output}.certificate.json`;
  const whole = JSON.parse(readFileSync(file, "utf8"));
  const forged = path.join(path.dirname(file), "forged.json");
  const isFound = async (content: unknown) => {
    writeFileSync(forged, JSON.stringify(content));
    const found = await verifyCertificate(forged, pause).catch(() => null);
    return found === null || !found.valid;
  };
  expect(await isFound(whole)).toBe(false);
  const places = leaves(whole);
  let tampered = 0;
  for (let turn = 0; tampered < 200; turn++) {
    for (const place of places) {
      const copy = structuredClone(whole);
      const inner = place.slice(0, -1).reduce((at, key) => at[key], copy);
      const last = place[place.length - 1];
      for (let times = 0; times <= turn; times++) inner[last] = altered(inner[last]);
      if (JSON.stringify(copy) === JSON.stringify(whole)) continue;
      tampered++;
      expect([place.join("."), await isFound(copy)]).toEqual([place.join("."), true]);
      // With a digest that fits, all that says something of the head, the rows or the tests comes out otherwise.
      const parsed = schema.safeParse(copy);
      if (turn > 0 || !parsed.success || last === "digest" || last === "selmix") continue;
      const { digest: _, ...body } = parsed.data;
      expect([place.join("."), await isFound({ ...body, digest: digestOf(body) })]).toEqual([
        place.join("."),
        true,
      ]);
    }
  }
  for (const other of [path.join(workspace.folder, "validation.safetensors"), result.output ?? ""]) {
    const bytes = readFileSync(other);
    const flipped = Buffer.from(bytes);
    flipped[flipped.length - 8] ^= 1;
    writeFileSync(other, flipped);
    expect(await isFound(whole)).toBe(true);
    writeFileSync(other, bytes);
    expect(await isFound(whole)).toBe(false);
  }
}, 120_000);
