/** What selmix.json may say. The descriptions become the editor's hovers (media/selmix.schema.json). */
import * as z from "zod";
import { columnSettings } from "../features/columns.ts";
import { networkSettings } from "../features/extraction/settings.ts";
import { defaultSettings } from "../selmix/steering/settings.ts";
import { augmentations } from "../selmix/whole/augment.ts";
import { defaultBackboneRate } from "../selmix/whole/settings.ts";
import { classReference, constraintSchema } from "./constraint.ts";
import { objectiveSchema } from "./objective.ts";
import { defaultOutput } from "./paths.ts";

export type { ConstraintSetting } from "./constraint.ts";

const text = z.string().min(1);
const whole = z.int().nonnegative();
const positive = z.number().positive();
const mostOpenParts = 30;
/** A glob or a template of a path, of a length and with as many open parts as can be meant: it is held against every file. */
const pathPattern = text
  .max(1000)
  .refine(
    (pattern) => (pattern.match(/[*?[{(]/g)?.length ?? 0) <= mostOpenParts,
    `it has more than ${mostOpenParts} wildcards or placeholders`,
  );
const optionalText = text.optional();

const groupNames = z.array(text).min(2);

const featuresSchema = z
  .strictObject({
    train: text.describe(
      "Feature table of the training set: `features` [N,d], `labels` [N], optional `groups` [N].",
    ),
    unlabeled: optionalText.describe(
      "Feature table without labels; its rows become mixing partners, labelled by the current model.",
    ),
    validation: text.describe("Feature table of the validation set, which steers the tuning."),
    test: optionalText.describe("Feature table of the test set: reported, never used to tune or to select."),
    certify: z
      .union([text, z.number().min(0.05).max(0.8)])
      .optional()
      .describe(
        'With "confidence", the rows that prove bounds, which nothing is trained or chosen by: a feature table of their own, or the share of validation that is held back for it (0.4 when left out).',
      ),
    command: z
      .array(text)
      .min(1)
      .optional()
      .describe(
        "Program and arguments that write the feature tables for a checkpoint, run before each tune without a shell. " +
          "${checkpoint} and ${featuresDir} are replaced.",
      ),
    network: networkSettings.optional(),
    metadata: z
      .strictObject({
        train: optionalText,
        validation: optionalText,
        test: optionalText,
        certify: optionalText,
      })
      .partial()
      .optional()
      .describe(
        "A CSV or Parquet table beside each table of features, row by row: what its columns say of labels, groups and weights counts.",
      ),
  })
  .describe(
    "Where the features of the data lie, relative to this file: .safetensors, .npz, a folder of .npy files, .csv or .parquet.",
  );

const tuningSchema = z
  .strictObject({
    train: z
      .enum(["head", "all"])
      .default("head")
      .describe(
        "What is trained: the head on the feature tables, or all of a TF.js layers model or .keras file on the images under features.network.",
      ),
    steps: z.int().min(1).max(10_000_000).default(defaultSettings.steps).describe("Training steps."),
    seed: whole.default(defaultSettings.seed).describe("Seed of all random choices: same seed, same head."),
    batchSize: z
      .int()
      .min(1)
      .max(65_536)
      .default(defaultSettings.batchSize)
      .describe("Mixed samples in a step."),
    cycle: z
      .int()
      .min(1)
      .optional()
      .describe("Steps between two looks at validation. Chosen by their cost when left out."),
    learningRate: positive
      .default(defaultSettings.learningRate)
      .describe(
        "Learning rate at the start, in units of 1 / mean squared feature norm; falls to 0 along a cosine.",
      ),
    backboneRate: z
      .number()
      .nonnegative()
      .max(1)
      .default(defaultBackboneRate)
      .describe(
        'With "train": "all", the learning rate of AdamW while the whole network learns; falls to 0 along a cosine.',
      ),
    augment: z
      .array(z.enum(augmentations))
      .default([])
      .describe(
        'With "train": "all", how images may be changed while the network learns: "flip" mirrors left and right, "crop" moves by a few pixels.',
      ),
    temperature: positive
      .default(defaultSettings.temperature)
      .describe("Temperature of the policy, in units of the largest gain of the first cycle."),
    start: z
      .enum(["auto", "checkpoint", "logitAdjusted"])
      .default("auto")
      .describe("The head that training starts from; auto takes the one that is better on validation."),
    controls: z
      .enum(["auto", "all", "trainingFree", "none"])
      .default("auto")
      .describe(
        "Which controls run after a tune. auto: all when the tune took less than 5 seconds, else those without training.",
      ),
  })
  .describe("How to tune. Everything has a default that needs no tuning.");

export const configurationSchema = z
  .strictObject({
    $schema: z.string().optional().describe("The JSON schema of this file."),
    checkpoints: z
      .array(pathPattern)
      .max(100)
      .default([])
      .describe(
        "The checkpoints that are watched and tuned: globs relative to this file. Left out where only a classifier's scores are known.",
      ),
    head: z
      .strictObject({
        weight: text
          .optional()
          .describe("Name of the last layer's weight, [K,d], [d,K], or with one output [1,d]."),
        bias: text.nullable().optional().describe("Name of the last layer's bias, or null for none."),
        kind: z
          .enum(["linear", "cosine"])
          .optional()
          .describe(
            "What the head makes of features: w x + b (linear, when left out), or scale times the cosine of w and x (cosine, as LDAM's NormedLinear).",
          ),
        scale: positive
          .optional()
          .describe('With "kind": "cosine", what cosines are multiplied by in the loss; 30 when left out.'),
        copies: z
          .enum(["raw", "ema", "all"])
          .optional()
          .describe(
            "Which copy of the head is tuned where a file holds an averaged one too: as it was trained, the averaged one, or one whose head is then written into all. The one that the framework loads when left out.",
          ),
      })
      .optional()
      .describe("The last linear layer. Found by itself when just one tensor fits features and labels."),
    features: featuresSchema,
    columns: columnSettings.optional(),
    classes: z
      .array(text)
      .min(2)
      .optional()
      .describe(
        "Names of the classes, in the order of the head's outputs: that of their labels, or the labels themselves.",
      ),
    groups: z
      .union([groupNames, z.record(text, groupNames)])
      .optional()
      .describe("Names of the groups, in group order; with several attributes a list for each."),
    prior: z
      .union([z.enum(["validation", "train", "test"]), z.array(z.number().positive()).min(2).max(100_000)])
      .optional()
      .describe(
        "The population meant, whose class shares coverage, precision, parity, macro F1 and accuracy are measured and steered under: " +
          "that of validation (when left out), train or test, or a list with the share of each class. Rows count accordingly.",
      ),
    margin: z
      .union([z.literal("auto"), z.literal(0)])
      .default("auto")
      .describe(
        "How far inside its bound a constraint is kept on validation: auto leaves room for chance, and a bound is said to hold only where its one-sided 90 % limit keeps it too; 0 leaves none, and goes by the values.",
      ),
    confidence: z
      .number()
      .min(0.5)
      .max(0.9999)
      .optional()
      .describe(
        "How sure it has to be that the head keeps its bounds, for example 0.95: they are then proved by exact tests on rows that nothing was trained or chosen by, and no head is recommended without. Not asked for when left out.",
      ),
    headClasses: z
      .array(classReference)
      .min(1)
      .optional()
      .describe(
        "The classes that count as head (frequent); the others are the tail. The most frequent 90 % when left out.",
      ),
    validationMissing: z
      .enum(["refuse", "allow"])
      .default("refuse")
      .describe(
        "What to do when a class has no validation sample: refuse, or allow and judge the other classes only.",
      ),
    unjudged: z
      .enum(["refuse", "allow"])
      .default("refuse")
      .describe(
        "What to do when validation has no sample of a class, or too few of a class in a group, that a constraint is about: refuse, or allow and judge the rest; the constraint is then never called satisfied.",
      ),
    minimumSupport: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(10)
      .describe(
        "Samples that a value about groups has to divide by to be judged: a class in a group, or a group, with fewer is shown and not judged. Classes are judged whatever their size, by their intervals.",
      ),
    objective: objectiveSchema.default("minRecall"),
    constraints: z
      .array(constraintSchema)
      .max(1000)
      .default([])
      .describe("Bounds to keep while the objective is raised."),
    tuning: tuningSchema.default(() => tuningSchema.parse({})),
    groupsAtPrediction: z
      .boolean()
      .default(false)
      .describe(
        "Whether the classifier is told the group when it predicts, where that is allowed: offsets are then tuned for each group, and written beside the tuned copy as <output>.groups.json.",
      ),
    calibrate: z
      .boolean()
      .default(false)
      .describe(
        "Fold the temperature that makes probabilities best on validation (least log-loss) into the tuned head; predictions stay the same.",
      ),
    autoRetune: z.boolean().default(false).describe("Tune every checkpoint that is saved, by itself."),
    output: pathPattern
      .default(defaultOutput)
      .describe(
        "Where the tuned copy is written, relative to this file. ${checkpointName}, ${checkpointExt} and ${objective} are replaced; " +
          "the name is the file's own with the folders that tell checkpoints apart: checkpoint-500 for checkpoint-500/model.safetensors. " +
          "Without checkpoints, the correction of the scores: tuned/correction.json when left out.",
      ),
  })
  .describe("What SelMix tunes, on which data, for which objective.");

/** selmix.json with every default filled in. */
export type Configuration = z.infer<typeof configurationSchema>;
export type TuningSetting = Configuration["tuning"];
