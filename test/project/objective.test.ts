/** Objectives of one's own in selmix.json: what may be said, and what is said of what may not. */
import { expect, it } from "vitest";
import { configurationJsonSchema } from "../../src/project/configurationJsonSchema.ts";
import { editText } from "../../src/project/edit.ts";
import { editorSchema } from "../../src/project/editorSchema.ts";
import { checkConfiguration } from "../../src/project/load.ts";
import { isSameBound } from "../../src/project/sameBound.ts";
import { constraintText } from "../../src/words/constraints.ts";

const rest = { checkpoints: ["*.npz"], features: { train: "t.npz", validation: "v.npz" } };

function check(objective: unknown, more: object = {}) {
  const text = JSON.stringify({ ...rest, ...more, objective }, null, 2);
  const { configuration, problems } = checkConfiguration(text, "/ws/selmix.json");
  const told = problems.map(({ message, offset, length }) => ({
    message,
    at: text.slice(offset, offset + length),
  }));
  return { objective: configuration?.objective, told, problems };
}

it("may be a metric, a weighted sum or a matrix of costs", () => {
  expect(check("accuracy").objective).toBe("accuracy");
  expect(check(undefined).objective).toBe("minRecall");
  const weighted = { minRecall: 0.7, accuracy: -0.3 };
  expect(check({ weighted })).toMatchObject({ objective: { weighted }, told: [] });
  const cost = [
    [0, 1],
    [5, 0],
  ];
  expect(check({ cost })).toMatchObject({ objective: { cost }, told: [] });
});

it.each([
  [{ weighted: { minRecal: 1 } }, /^Unknown key "minRecal"; did you mean "minRecall"\?$/],
  [{ weighted: { minRecall: "much" } }, /^"objective.weighted.minRecall" must be a number, not "much"\.$/],
  [{ weighted: {} }, /has no weight that is not 0; give a metric one\.$/],
  [{ weighted: { accuracy: 0 } }, /has no weight that is not 0/],
  ["minrecall", /^"objective" cannot be "minrecall"; did you mean "minRecall"\?$/],
  [{ costs: [] }, /^"objective" cannot be .*use the name of a metric, \{"weighted"/],
  [3, /^"objective" cannot be 3; use the name of a metric/],
  [
    {
      cost: [
        [0, -1],
        [1, 0],
      ],
    },
    /^"objective.cost\[0\]\[1\]" must be at least 0\.$/,
  ],
  [
    {
      cost: [
        [0, 1],
        [1, 0],
        [1, 1],
      ],
    },
    /^Row 1 of "cost" has 2 numbers for 3 classes/,
  ],
  [
    {
      cost: [
        [1, 1],
        [2, 2],
      ],
    },
    /^By "cost", every prediction costs the same; let mistakes cost more/,
  ],
])("%j is refused in a sentence", (objective, sentence) => {
  const { told } = check(objective);
  expect(told).toHaveLength(1);
  expect(told[0]?.message).toMatch(sentence);
});

it("has a row of costs for each class", () => {
  const cost = [
    [0, 1],
    [5, 0],
  ];
  const { told } = check({ cost }, { classes: ["a", "b", "c"] });
  expect(told[0]?.message).toBe('"cost" has 2 rows for 3 classes; give one for each.');
});

it("has a misspelt metric mended by what was meant", () => {
  const { problems } = check({ weighted: { acuracy: 1 } });
  expect(problems[0]?.fixes?.[0]?.title).toBe('Change to "accuracy"');
});

it("is completed in the editor: names, weights of every objective, and both ways of one's own", () => {
  const { properties } = editorSchema(configurationJsonSchema()) as {
    properties: {
      objective: { anyOf: { enum?: string[]; properties?: object }[]; defaultSnippets: object[] };
    };
  };
  const [names, weighted, cost] = properties.objective.anyOf;
  expect(names?.enum).toContain("accuracy");
  expect(weighted?.properties).toMatchObject({
    weighted: { properties: { minRecall: { description: expect.stringContaining("worst class") } } },
  });
  expect(cost?.properties).toHaveProperty("cost");
  expect(properties.objective.defaultSnippets).toHaveLength(2);
});

function constrained(constraint: object, more: object = {}) {
  return check("minRecall", { constraints: [constraint], ...more }).told;
}

it("a bound may be relative to the checkpoint, where it is of a share", () => {
  expect(constrained({ metric: "accuracy", atLeast: { before: -0.02 } })).toEqual([]);
  expect(constrained({ metric: "recall", atLeast: { before: -0.03 }, atMost: 0.9 })).toEqual([]);
  expect(constrained({ metric: "coverage", atMost: { before: 0.05 } })).toEqual([]);
});

it.each([
  [
    { metric: "recallDifference", atMost: { before: 0 } },
    /^The difference that recallDifference is cannot be bounded relative/,
  ],
  [
    { metric: "accuracy", atLeast: { before: -2 } },
    /^"constraints\[0\].atLeast.before" must be at least -1\.$/,
  ],
  [
    { metric: "accuracy", atLeast: { befor: -0.02 } },
    /^"constraints\[0\].atLeast" cannot be .*use a number between 0 and 1/,
  ],
  [{ metric: "accuracy", atLeast: 2 }, /^"constraints\[0\].atLeast" must be at most 1\.$/],
  [
    { metric: "recall", atLeast: { before: 0.02 }, atMost: { before: 0.01 } },
    /impossible: at least \{"before":0.02\} and at most \{"before":0.01\}/,
  ],
])("the bound %j is refused in a sentence", (constraint, sentence) => {
  expect(constrained(constraint)[0]?.message).toMatch(sentence);
});

it.each([
  [{ confidence: 0.95 }, /^"confidence" proves bounds by the head and a table alone/],
  [{ tuning: { train: "all" } }, /^A bound relative to the checkpoint is kept by a head that is tuned alone/],
])("a bound relative to the checkpoint does not go with %j", (more, sentence) => {
  const [first] = constrained({ metric: "accuracy", atLeast: { before: -0.02 } }, more);
  expect(first?.message).toMatch(sentence);
});

it("says a relative bound in words", () => {
  expect(constraintText({ metric: "recall", atLeast: { before: -0.03 } })).toBe(
    "recall of every class ≥ before − 3 points",
  );
  expect(constraintText({ metric: "accuracy", atLeast: { before: 0 }, atMost: { before: 0.01 } })).toBe(
    "accuracy ≥ before and ≤ before + 1 point",
  );
});

it("is set in the place of another bound, and comments stay", () => {
  const text = `{
  // who pays
  "constraints": [{ "metric": "accuracy", "atLeast": { "before": -0.02 } } /* for now */]
}`;
  const edited = editText(text, [{ path: ["constraints", 0, "atLeast"], value: 0.8 }]);
  expect(edited).toContain('"atLeast": 0.8 } /* for now */]');
  expect(edited).toContain("// who pays");
  const swept = { metric: "accuracy", kind: "atLeast" } as const;
  expect(isSameBound({ metric: "accuracy", atLeast: { before: -0.02 } }, swept)).toBe(true);
});
