/** The text of a new selmix.json. Pure. */
import type { ColumnSettings } from "../../features/columns.ts";
import type { Configuration } from "../../project/configuration.ts";

export const tableRoles = ["train", "validation", "test", "unlabeled"] as const;
export type TableRole = (typeof tableRoles)[number];

/** A place for each role that there is, relative to the folder, with forward slashes. */
export type Places = Readonly<Record<"train" | "validation", string>> &
  Readonly<Partial<Record<TableRole, string>>>;

/** Where the feature tables lie, and what makes them; null when they are there. */
export interface NewFeatures {
  readonly tables: Places;
  readonly madeBy:
    | null
    | { readonly kind: "command"; readonly command: readonly string[] }
    /** `model` is null where the checkpoint is a network that can be run itself. */
    | { readonly kind: "network"; readonly model: string | null; readonly data: Places };
}

/** How tables are read: what is not called as usual, and names for what they only number. */
export interface NewNames {
  readonly columns?: Partial<ColumnSettings>;
  readonly metadata?: Readonly<Partial<Record<TableRole, string>>>;
  readonly classes?: readonly string[] | null;
  readonly groups?: Configuration["groups"];
}

export interface NewConfiguration extends NewFeatures, NewNames {
  /** Empty where scores stand for a checkpoint. */
  readonly checkpoints: readonly string[];
}

/** The text of a new selmix.json, with a comment where a reader may wonder. */
export function configurationText(wanted: NewConfiguration): string {
  const { checkpoints, tables, madeBy, classes, groups, columns = {}, metadata = {} } = wanted;
  const facts = tableRoles.flatMap((role) => (metadata[role] === undefined ? [] : [[role, metadata[role]]]));
  const features = [
    ...places(tables, "    "),
    ...(facts.length > 0 ? [`    "metadata": ${inline(Object.fromEntries(facts))}`] : []),
    ...making(madeBy),
  ];
  const what = checkpoints.length === 0 ? "Scores of a classifier" : "Features of the data";
  const parts = [
    ...(checkpoints.length === 0
      ? []
      : [
          `  // The checkpoints that are watched and tuned; they are never written to.\n  "checkpoints": ${list(checkpoints)}`,
        ]),
    `  // ${what}. Validation steers the tuning; test is only reported.\n  "features": {\n${features.join(",\n")}\n  }`,
    ...(Object.keys(columns).length > 0
      ? [`  // What stands under which name in the tables.\n  "columns": ${inline(columns)}`]
      : []),
    ...(classes ? [`  "classes": ${list(classes)}`] : []),
    ...(groups ? [`  "groups": ${Array.isArray(groups) ? list(groups) : inline(groups)}`] : []),
    '  // What tuning raises, and the bounds it keeps.\n  "objective": "minRecall"',
    '  "constraints": []',
    '  // Tune every checkpoint that is saved, by itself.\n  "autoRetune": false',
  ];
  return `{\n${parts.join(",\n")}\n}\n`;
}

function making(madeBy: NewFeatures["madeBy"]): string[] {
  if (madeBy === null) return [];
  if (madeBy.kind === "command") {
    return [
      "    // The program that writes the feature tables of a checkpoint; it runs before each tune, without a shell.\n" +
        `    "command": ${list(madeBy.command)}`,
    ];
  }
  const { model, data } = madeBy;
  const lines = [
    ...(model === null ? [] : [`      "model": ${JSON.stringify(model)}`]),
    `      "data": {\n${places(data, "        ").join(",\n")}\n      }`,
  ];
  const why =
    model === null
      ? "    // The network itself makes the tables from these samples, before each tune. If it was trained on normalised\n"
      : "    // This network makes the tables from these samples, before each tune. If it was trained on normalised\n";
  return [
    `${why}    // images, say so with "mean" and "std".\n    "network": {\n${lines.join(",\n")}\n    }`,
  ];
}

function places(all: Places, indent: string): string[] {
  return tableRoles.flatMap((role) => {
    const place = all[role];
    return place === undefined ? [] : [`${indent}"${role}": ${JSON.stringify(place)}`];
  });
}

/** An object on one line, as people write it. */
function inline(value: object): string {
  const pairs = Object.entries(value).map(([key, one]) => {
    const text = Array.isArray(one) ? list(one) : JSON.stringify(one);
    return `${JSON.stringify(key)}: ${text}`;
  });
  return `{ ${pairs.join(", ")} }`;
}

function list(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(", ")}]`;
}
