/** What goes with a way of tuning and what does not: scores without a checkpoint, cosine heads, whole networks. */
import type { JSONPath } from "jsonc-parser";
import type { Configuration } from "./configuration.ts";
import { isRelativeSetting } from "./sameBound.ts";

export interface Finding {
  readonly path: JSONPath;
  readonly message: string;
  /** Changes that mend it: the value at a place, where index -1 of a list appends. */
  readonly fixes?: readonly { readonly title: string; readonly path: JSONPath; readonly value: unknown }[];
}

/** What is about a checkpoint, where there is none. */
export function scoreFindings(configuration: Configuration): Finding[] {
  const { checkpoints, features, tuning, head } = configuration;
  if (checkpoints.length > 0) return [];
  const given: readonly [JSONPath, boolean][] = [
    [["head"], head !== undefined],
    [["features", "command"], features.command !== undefined],
    [["features", "network"], features.network !== undefined],
    [["tuning", "train"], tuning.train === "all"],
  ];
  return given.flatMap(([path, isGiven]) =>
    isGiven
      ? [
          {
            path,
            message: `"${path.join(".")}" is about a checkpoint, and none is named; add "checkpoints", or remove it to correct a classifier's scores.`,
          },
        ]
      : [],
  );
}

/** What a cosine head has no place for, and a scale without one. */
export function cosineFindings({
  head,
  features,
  calibrate,
  groupsAtPrediction,
  tuning,
}: Configuration): Finding[] {
  if (head?.kind !== "cosine") {
    if (head?.scale === undefined) return [];
    const message = '"scale" is that of a cosine head; add "kind": "cosine", or remove it.';
    return [{ path: ["head", "scale"], message }];
  }
  const given: readonly [JSONPath, boolean][] = [
    [["features", "network"], features.network !== undefined],
    [["calibrate"], calibrate],
    [["groupsAtPrediction"], groupsAtPrediction],
    [["tuning", "train"], tuning.train === "all"],
  ];
  return given.flatMap(([path, isGiven]) =>
    isGiven
      ? [
          {
            path,
            message: `A cosine head is tuned alone, on tables of features; remove "${path.join(".")}".`,
          },
        ]
      : [],
  );
}

/** What fine-tuning the whole network needs to know, and what nothing else uses. */
export function wholeFindings(configuration: Configuration): Finding[] {
  const { tuning, features, calibrate, groupsAtPrediction, constraints } = configuration;
  if (tuning.train === "head") {
    return tuning.augment.length > 0
      ? [
          {
            path: ["tuning", "augment"],
            message:
              'Images are augmented when the whole network is trained; add "train": "all", or remove "augment".',
          },
        ]
      : [];
  }
  if (groupsAtPrediction) {
    const message =
      '"groupsAtPrediction" adds offsets to a head that is tuned alone; set "train" to "head", or remove "groupsAtPrediction".';
    return [{ path: ["groupsAtPrediction"], message }];
  }
  if (calibrate) {
    const message =
      '"calibrate" folds a temperature into a head that is tuned alone; set "train" to "head", or remove "calibrate".';
    return [{ path: ["calibrate"], message }];
  }
  const relative = constraints.findIndex(isRelativeSetting);
  if (relative >= 0) {
    const message =
      'A bound relative to the checkpoint is kept by a head that is tuned alone; set "train" to "head", or bound it by a number.';
    return [{ path: ["constraints", relative], message }];
  }
  const { network } = features;
  if (!network) {
    const message =
      '"train": "all" runs a TF.js layers model or .keras file on images, and features.network does not say where they are; add it, or for PyTorch have "selmix policy --script" write the training loop.';
    return [{ path: ["tuning", "train"], message }];
  }
  const place = ["features", "network"];
  const otherModel =
    network.model === "${checkpoint}"
      ? []
      : [
          {
            path: [...place, "model"],
            message:
              '"train": "all" changes the checkpoint\'s own network; remove "model", or set "train" to "head".',
          },
        ];
  const without = (["unlabeled", "test"] as const).filter(
    (name) => features[name] !== undefined && network.data[name] === undefined,
  );
  return [
    ...otherModel,
    ...without.map((name) => ({
      path: [...place, "data"],
      message: `"train": "all" makes new features of every set, and "data" has no images of "${name}"; add them, or remove features.${name}.`,
    })),
  ];
}
