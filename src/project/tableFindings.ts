/** What the tables say against a configuration, before anything runs: one is missing, or has classes that nobody named. */
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { usualNames } from "../features/columns.ts";
import type { IndexColumn, TableSurvey } from "../features/survey.ts";
import { counted } from "../words/numbers.ts";
import type { Project } from "./load.ts";
import { addingClass } from "./meaning.ts";
import { nearest } from "./problems.ts";
import { labelledRoles, tableFiles } from "./tableFiles.ts";
import type { Finding } from "./ways.ts";

/** Files of a folder that a missing name is held against. */
const mostNames = 200;

/** Tables that are not there, where nothing makes them. */
export function missingTables({
  folder,
  configuration,
}: Pick<Project, "folder" | "configuration">): Finding[] {
  const { features } = configuration;
  if (features.command !== undefined || features.network !== undefined) return [];
  const named = [
    ...Object.entries(tableFiles(features)).map(([role, file]) => ({ place: ["features", role], file })),
    ...labelledRoles.map((role) => ({
      place: ["features", "metadata", role],
      file: features.metadata?.[role],
    })),
  ];
  return named.flatMap(({ place, file }) => {
    if (file === undefined || existsSync(path.resolve(folder, file))) return [];
    const close = nearestFile(folder, file);
    const advice = close === null ? "export it, or name another file." : `did you mean "${close}"?`;
    const fixes = close === null ? [] : [{ title: `Change to "${close}"`, path: place, value: close }];
    return [{ path: place, message: `There is no ${file}; ${advice}`, fixes }];
  });
}

/** The file beside a missing one that is called most like it. */
function nearestFile(folder: string, file: string): string | null {
  const parent = path.posix.dirname(file);
  try {
    const names = readdirSync(path.resolve(folder, parent)).slice(0, mostNames);
    const close = nearest(path.posix.basename(file), names);
    return close === null ? null : path.posix.join(parent, close);
  } catch {
    return null;
  }
}

/** Classes that a table has and "classes" does not name. @param surveyOf what a file holds; null where it is not to be read */
export async function unnamedClasses(
  { folder, configuration }: Pick<Project, "folder" | "configuration">,
  surveyOf: (file: string) => Promise<TableSurvey | null>,
): Promise<Finding[]> {
  const { classes, features, columns } = configuration;
  if (!classes || features.command !== undefined || features.network !== undefined) return [];
  const first = columns?.firstLabel ?? 0;
  const files = tableFiles(features);
  for (const role of labelledRoles) {
    const file = features.metadata?.[role] ?? files[role];
    if (file === undefined) continue;
    const survey = await surveyOf(path.resolve(folder, file));
    const labels = survey && labelsOf(survey, columns?.labels);
    const missing = labels ? missingNames(labels, classes, first) : [];
    const [one, ...others] = missing;
    if (one === undefined || !labels) continue;
    const found = labels.texts
      ? `has the class ${JSON.stringify(one)}${others.length > 0 ? ` and ${others.length} more` : ""}`
      : `has labels up to ${labels.count - 1}, which makes ${counted(labels.count - first, "class", "classes")}`;
    return [
      {
        path: ["classes"],
        message: `${file} ${found}, and "classes" names ${classes.length}; name each of them.`,
        fixes: [
          others.length === 0
            ? addingClass(one)
            : {
                title: `Add ${missing.length} names to "classes"`,
                path: ["classes"],
                value: [...classes, ...missing],
              },
        ],
      },
    ];
  }
  return [];
}

function labelsOf({ columns, hasColumns }: TableSurvey, name: string | undefined): IndexColumn | null {
  const usual: readonly string[] = hasColumns ? usualNames.labels : ["labels"];
  const isLabels = (column: string) => (name === undefined ? usual.includes(column) : column === name);
  return (
    columns.find((column): column is IndexColumn => column.kind === "index" && isLabels(column.name)) ?? null
  );
}

function missingNames(
  { texts, numbers, count }: IndexColumn,
  classes: readonly string[],
  first: number,
): string[] {
  if (texts) return texts.filter((text) => !classes.includes(text));
  const called = new Set(classes.map(Number));
  if (first === 0 && numbers?.every((label) => called.has(label))) return [];
  const unnamed = Math.max(0, count - first - classes.length);
  return Array.from({ length: unnamed }, (_, k) => `class ${classes.length + k}`);
}
