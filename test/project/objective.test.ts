/** Objectives of one's own in selmix.json: what may be said, and what is said of what may not. */
import { expect, it } from "vitest";
import { configurationJsonSchema } from "../../src/project/configurationJsonSchema.ts";
import { editorSchema } from "../../src/project/editorSchema.ts";
import { checkConfiguration } from "../../src/project/load.ts";

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
