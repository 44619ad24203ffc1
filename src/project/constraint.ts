/** What selmix.json may say of a bound. */
import * as z from "zod";
import {
  constraintIds,
  type FormerId,
  formerIds,
  measuresSentence,
  presentId,
} from "../metrics/catalogue.ts";

const text = z.string().min(1);
/** A class by its name or its index. */
export const classReference = z.union([text, z.int().nonnegative()]);

const bound = z.union([
  z.number().min(0).max(1),
  z
    .strictObject({
      before: z
        .number()
        .min(-1)
        .max(1)
        .describe("How far from the checkpoint's own value: -0.02 lets it fall by 2 points."),
    })
    .describe("Relative to the checkpoint's own value on the same rows."),
]);

export const constraintSchema = z
  .strictObject({
    metric: z
      .enum([...constraintIds, ...(Object.keys(formerIds) as FormerId[])])
      .meta({
        description: `What is bounded. ${constraintIds.map((id) => `${id}: ${measuresSentence(id)}`).join(" ")}`,
        enumDescriptions: [
          ...constraintIds.map(measuresSentence),
          ...Object.values(formerIds).map((id) => `The former name of ${id}.`),
        ],
      })
      .transform((name) => presentId(name)),
    classes: z
      .array(classReference)
      .min(1)
      .optional()
      .describe("The classes meant, by name or index. All classes when left out."),
    attribute: z
      .union([text, z.array(text).min(1).max(8)])
      .optional()
      .describe(
        "Whose groups are meant, where rows have several attributes: one of them, as sex, or a list whose combinations are meant. All attributes together when left out.",
      ),
    atLeast: bound
      .optional()
      .describe(
        'The value may not fall below this, for example 0.095; {"before": -0.02}: it may fall by at most 2 points from what the checkpoint has on the same rows.',
      ),
    atMost: bound
      .optional()
      .describe(
        'The value may not rise above this, for example 0.1; {"before": 0.02}: it may rise by at most 2 points.',
      ),
  })
  .describe("A bound that the tuned head must keep on validation.");
export type ConstraintSetting = z.infer<typeof constraintSchema>;
