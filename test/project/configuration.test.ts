import { readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { parse } from "jsonc-parser";
import { describe, expect, it } from "vitest";
import { constraintIds, formerIds, metricOf } from "../../src/metrics/catalogue.ts";
import { configurationJsonSchema } from "../../src/project/configurationJsonSchema.ts";
import { editText } from "../../src/project/edit.ts";
import { editorSchema } from "../../src/project/editorSchema.ts";
import { checkConfiguration } from "../../src/project/load.ts";
import { configurationReference } from "../../src/project/reference.ts";

const file = "/some folder/selmix.json";
const least = { checkpoints: ["c/*.safetensors"], features: { train: "t.npz", validation: "v.npz" } };

function check(value: unknown) {
  return checkConfiguration(JSON.stringify(value, null, 2), file);
}
function firstMessage(value: unknown): string {
  return check(value).problems[0]?.message ?? "";
}

describe("reading selmix.json", () => {
  it("fills in every default", () => {
    const { configuration, problems } = check(least);
    expect(problems).toEqual([]);
    expect(configuration).toMatchObject({
      objective: "minRecall",
      constraints: [],
      autoRetune: false,
      tuning: { steps: 2000, seed: 0, batchSize: 64, start: "auto" },
      output: "tuned/${checkpointName}.selmix${checkpointExt}",
    });
  });

  it("takes comments and trailing commas", () => {
    const text = `{ // what\n "checkpoints": ["c/*"], /* where */ "features": { "train": "t", "validation": "v", }, }`;
    expect(checkConfiguration(text, file).problems).toEqual([]);
  });

  it("says at which line and column an unknown key stands, and what was probably meant", () => {
    const text =
      '{\n  "checkpoints": ["c"],\n  "features": { "train": "t", "validaton": "v" },\n  "objektive": "hMean"\n}';
    const problems = checkConfiguration(text, file).problems;
    const unknown = problems.filter(({ message }) => message.startsWith("Unknown key"));
    expect(unknown.map(({ line, column }) => [line, column])).toEqual([
      [3, 31],
      [4, 3],
    ]);
    expect(unknown[0]?.message).toContain('"validation"');
    expect(unknown[1]?.message).toContain('"objective"');
  });

  it.each([
    ["a syntax error", '{ "checkpoints": [ }', 1],
    ["an empty file", "", 1],
    ["a duplicate key", '{\n"objective": "hMean",\n"objective": "hMean" }', 3],
  ])("places %s", (_what, text, line) => {
    const { configuration, problems } = checkConfiguration(text, file);
    expect(configuration).toBeNull();
    expect(problems[0]?.line).toBe(line);
  });

  it("suggests the nearest value", () => {
    expect(firstMessage({ ...least, objective: "minrecal" })).toContain('"minRecall"');
  });

  it("names the type it wants", () => {
    expect(firstMessage({ ...least, tuning: { steps: "many" } })).toMatch(/tuning\.steps.*number.*"many"/);
    expect(firstMessage({ ...least, tuning: { steps: 1.5 } })).toContain("whole number");
    expect(firstMessage({ ...least, features: { train: "t" } })).toMatch(/features\.validation.*missing/);
  });

  it.each([
    ["outside", { features: { train: "../t.npz", validation: "v" } }],
    ["elsewhere", { output: "/etc/x" }],
    ["outside by a glob", { checkpoints: ["../other/*.pt"] }],
  ])("refuses a path that leads %s, unless allowed", (_what, change) => {
    expect(check({ ...least, ...change }).problems[0]?.message).toContain("workspace");
    const text = JSON.stringify({ ...least, ...change });
    expect(checkConfiguration(text, file, { allowOutside: true }).problems).toEqual([]);
  });

  it("refuses placeholders that nobody fills", () => {
    expect(firstMessage({ ...least, output: "x/${name}.pt" })).toContain("${checkpointName}");
  });
});

describe("whatever is in the file", () => {
  it("is accepted whole or refused with a place in the text", () => {
    const valid = JSON.stringify({ ...least, classes: ["a", "b"], tuning: { steps: 3 } }, null, 1);
    const damaged = fc
      .tuple(fc.nat(valid.length), fc.nat(8), fc.string({ maxLength: 6 }))
      .map(([at, cut, put]) => valid.slice(0, at) + put + valid.slice(at + cut));
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string(), damaged), (text) => {
        const { configuration, problems } = checkConfiguration(text, file);
        expect(configuration === null).toBe(problems.length > 0);
        for (const { offset, length, line, column, message } of problems) {
          expect(offset + length).toBeLessThanOrEqual(text.length);
          expect(line).toBeGreaterThan(0);
          expect(column).toBeGreaterThan(0);
          expect(message.trim()).not.toBe("");
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("constraints", () => {
  const classes = Array.from({ length: 10 }, (_, index) => `class ${index}`);
  const withConstraints = (...constraints: object[]) => firstMessage({ ...least, classes, constraints });

  it("takes the names of 0.1.0 for those of today", () => {
    const constraints = Object.keys(formerIds).map((metric) => ({ metric, atMost: 0.1 }));
    const { configuration, problems } = check({ ...least, constraints });
    expect(problems).toEqual([]);
    expect(configuration?.constraints.map(({ metric }) => metric)).toEqual([
      "coverageDifference",
      "recallDifference",
      "falsePositiveRateDifference",
      "equalizedOddsDifference",
    ]);
  });

  it.each(constraintIds)("takes the bounds on %s that mean something, and no others", (metric) => {
    for (const kind of ["atLeast", "atMost"] as const) {
      const message = withConstraints({ metric, [kind]: kind === "atLeast" ? 0.1 : 0.9 });
      if (metricOf(metric).bounds.includes(kind)) expect(message).toBe("");
      else expect(message).toContain("means nothing");
    }
  });

  it.each(["accuracy", "tailCoverage", "groupAccuracy", "accuracyDifference"] as const)(
    "knows no single classes in %s",
    (metric) => {
      const [kind = "atMost"] = metricOf(metric).bounds;
      expect(withConstraints({ metric, classes: [0], [kind]: 0.5 })).toContain('remove "classes"');
    },
  );

  it.each([
    ["coverage that sums above 1", { metric: "coverage", atLeast: 0.2 }],
    ["coverage that sums below 1", { metric: "coverage", atMost: 0.05 }],
    ["crossed bounds", { metric: "recall", atLeast: 0.5, atMost: 0.4 }],
  ])("refuses the impossible: %s", (_what, constraint) => {
    expect(withConstraints(constraint)).toContain("impossible");
  });

  it("refuses bounds that only together are impossible", () => {
    const half = { metric: "coverage", classes: ["class 0"], atLeast: 0.6 };
    expect(withConstraints(half)).toBe("");
    expect(withConstraints(half, { metric: "coverage", classes: [1], atLeast: 0.5 })).toContain("impossible");
  });

  it("accepts all that coverage can bear", () => {
    expect(withConstraints({ metric: "coverage", atLeast: 0.1 })).toBe("");
  });

  it("wants a bound, and of gaps an upper one", () => {
    expect(withConstraints({ metric: "recall" })).toContain("atLeast");
    expect(withConstraints({ metric: "recallGap", atLeast: 0.1 })).toContain("atMost");
  });

  it("names the nearest class", () => {
    expect(withConstraints({ metric: "recall", classes: ["clas 3"], atLeast: 0.1 })).toContain('"class 3"');
    expect(withConstraints({ metric: "recall", classes: [10], atLeast: 0.1 })).toContain("no class 10");
  });

  it("never accepts a set of coverage bounds that no distribution satisfies", () => {
    const bound = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(bound, { minLength: 4, maxLength: 4 }), (lows) => {
        const constraints = lows.map((atLeast, index) => ({ metric: "coverage", classes: [index], atLeast }));
        const sum = lows.reduce((total, low) => total + low, 0);
        fc.pre(Math.abs(sum - 1) > 1e-6);
        const { configuration } = check({ ...least, classes: ["a", "b", "c", "d"], constraints });
        expect(configuration === null).toBe(sum > 1);
      }),
    );
  });
});

describe("editing selmix.json", () => {
  const text =
    '{\n    // keep me\n    "objective": "hMean", // and me\n    "constraints": [\n        { "metric": "recall", "atLeast": 0.1 }\n    ]\n}\n';

  it("keeps comments and indentation", () => {
    const edited = editText(text, [
      { path: ["objective"], value: "minRecall" },
      { path: ["constraints", -1], value: { metric: "coverage", atLeast: 0.05 } },
      { path: ["autoRetune"], value: true },
    ]);
    expect(edited).toContain("// keep me");
    expect(edited).toContain('"minRecall", // and me');
    expect(edited).toContain('\n    "autoRetune": true');
    expect(parse(edited)).toEqual({
      objective: "minRecall",
      constraints: [
        { metric: "recall", atLeast: 0.1 },
        { metric: "coverage", atLeast: 0.05 },
      ],
      autoRetune: true,
    });
  });

  it("removes", () => {
    const edited = editText(text, [{ path: ["constraints", 0], value: undefined }]);
    expect(parse(edited)).toEqual({ objective: "hMean", constraints: [] });
  });
});

it("has a current JSON schema and reference (npm run schema)", () => {
  const kept = readFileSync(path.resolve("media/selmix.schema.json"), "utf8");
  expect(JSON.parse(kept)).toEqual(configurationJsonSchema());
  const editor: unknown = JSON.parse(readFileSync(path.resolve("media/selmix.editor.schema.json"), "utf8"));
  expect(editor).toEqual(editorSchema(configurationJsonSchema()));
  expect(readFileSync(path.resolve("docs/selmix-json.md"), "utf8")).toBe(configurationReference());
});

it("has a schema for the editor that knows every key and fails nothing", () => {
  /** Words that make a text fail, outside of an alternative to which everything is another. */
  const strict = (schema: unknown): string[] => {
    if (typeof schema !== "object" || schema === null) return [];
    const own = Object.keys(schema).filter((key) =>
      /^(type|required|additionalProperties|enum|const|m(in|ax).*)$/.test(key),
    );
    const {
      anyOf,
      properties = {},
      items,
    } = schema as Record<"anyOf" | "properties" | "items", object | undefined>;
    if (Array.isArray(anyOf)) return anyOf.some((one) => Object.keys(one).length === 0) ? own : ["anyOf"];
    return [...own, ...Object.values(properties).flatMap(strict), ...strict(items)];
  };
  const editor = editorSchema(configurationJsonSchema());
  expect(strict(editor)).toEqual([]);
  expect(strict(configurationJsonSchema())).toContain("additionalProperties");
  const keys = (schema: object) => Object.keys((schema as { properties: object }).properties);
  expect(keys(editor)).toEqual(keys(configurationJsonSchema()));
  expect(editor).toMatchObject({ allowTrailingCommas: true, allowComments: true });
});

it("accepts the example", () => {
  const example = path.resolve("examples/fashion-mnist-lt/selmix.json");
  expect(checkConfiguration(readFileSync(example, "utf8"), example).problems).toEqual([]);
});

describe("training the whole network", () => {
  const network = { data: { train: "t", validation: "v" } };
  const whole = { ...least, features: { ...least.features, network }, tuning: { train: "all" } };

  it("is taken where the images are named", () => {
    const { configuration, problems } = check({
      ...whole,
      tuning: { train: "all", augment: ["flip", "crop"] },
    });
    expect(problems).toEqual([]);
    expect(configuration?.tuning).toMatchObject({
      train: "all",
      augment: ["flip", "crop"],
      backboneRate: 0.001,
    });
  });

  it.each([
    [
      { ...least, tuning: { train: "all" } },
      /features\.network does not say where they are.*policy --script/,
    ],
    [{ ...least, tuning: { augment: ["flip"] } }, /add "train": "all", or remove "augment"/],
    [{ ...whole, tuning: { train: "everything" } }, /"tuning\.train" cannot be "everything"/],
    [
      { ...whole, tuning: { train: "all", augment: ["flop"] } },
      /"tuning\.augment\[0\]" cannot be "flop"; did you mean "flip"/,
    ],
    [
      { ...whole, features: { ...whole.features, network: { ...network, model: "other.json" } } },
      /changes the checkpoint's own network; remove "model"/,
    ],
    [
      { ...whole, features: { ...whole.features, test: "test.npz" } },
      /no images of "test"; add them, or remove features\.test/,
    ],
  ])("says what does not fit: %j", (value, sentence) => {
    expect(firstMessage(value)).toMatch(sentence);
  });
});
