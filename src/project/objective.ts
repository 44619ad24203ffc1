/** What selmix.json may say to be raised: a metric, a weighted sum of them, or the cost that is saved. */
import * as z from "zod";
import { catalogue, measuresSentence, type ObjectiveId, objectiveIds } from "../metrics/catalogue.ts";
import { objectiveId } from "../protocol/records.ts";

const mostClasses = 1000;
const weight = z.number().min(-1e6).max(1e6);
const weights = Object.fromEntries(
  objectiveIds.map((id) => [id, weight.optional().describe(measuresSentence(id))]),
) as Record<ObjectiveId, z.ZodOptional<z.ZodNumber>>;

const weightedSchema = z
  .strictObject({
    weighted: z
      .strictObject(weights)
      .describe(
        "What each metric counts for: 0.7 times the one and 0.3 times the other. A weight below 0 lowers its metric.",
      ),
  })
  .describe("Raises a weighted sum of metrics.");

const costSchema = z
  .strictObject({
    cost: z
      .array(z.array(z.number().min(0).max(1e9)).min(2).max(mostClasses))
      .min(2)
      .max(mostClasses)
      .describe(
        "A row for each class and in it what it costs to take a sample of it for each class, in the order of the classes and in any unit; 0 on the diagonal, as a rule.",
      ),
  })
  .describe("Lowers the expected cost of a sample, by the class shares of the prior.");

const metricSchema = objectiveId.meta({
  enumDescriptions: objectiveId.options.map((id) => catalogue[id].sentence),
});

export const objectiveSchema = z.union([metricSchema, weightedSchema, costSchema]).meta({
  description:
    'What to raise, measured on validation: a metric, a weighted sum of metrics such as {"weighted": {"minRecall": 0.7, "accuracy": 0.3}}, or, to be lowered, the expected cost by a matrix: {"cost": [[0, 1], [5, 0]]}.',
  defaultSnippets: [
    {
      label: "a weighted sum of metrics",
      body: { weighted: { "${1:minRecall}": "^${2:0.7}", "${3:accuracy}": "^${4:0.3}" } },
    },
    {
      label: "what each mistake costs",
      description: "A row for each class, in it a number for each class that it is taken for.",
      body: {
        cost: [
          ["^${1:0}", "^${2:1}"],
          ["^${3:5}", "^${4:0}"],
        ],
      },
    },
  ],
});
