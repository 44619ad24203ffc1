/** Asks what tells groups apart, and what groups are called that are only numbered. */
import type { IndexColumn } from "../../features/survey.ts";
import { counted } from "../../words/numbers.ts";
import { ask, pickMany } from "../tell.ts";
import { askNumbering, type HeadOf, labelColumns } from "./askNumbering.ts";
import type { Roles } from "./askTables.ts";
import { byNumber, canBeNamed, groupsSetting, numberedAs, parseNames } from "./groupNames.ts";
import { numberingSettings } from "./labels.ts";
import type { NewNames } from "./newConfiguration.ts";
import { soundsLikeGroup } from "./reading.ts";
import { findClassNames } from "./scan.ts";
import type { FoundTable } from "./tables.ts";

/** Null when the user gives up. */
export async function askNames(
  folder: string,
  title: string,
  roles: Roles<FoundTable>,
  headOf: HeadOf,
): Promise<NewNames | null> {
  const { train } = roles;
  const { reading } = train;
  const numbering = await askNumbering(title, roles, headOf);
  if (numbering === null) return null;
  const said = numbering ? numberingSettings(numbering.kind, labelColumns(roles)) : null;
  const columns = { ...reading.columns, ...said?.columns };
  const attributes = await askAttributes(title, train);
  if (!attributes) return null;
  // A group may be in one table alone.
  const numbersOf = ({ name }: IndexColumn) => {
    const all = [roles.train, roles.validation, roles.test].flatMap((table) => {
      const survey = table?.metadata?.survey ?? table?.survey;
      const column = survey?.columns.find((one) => one.kind === "index" && one.name === name);
      return column?.kind === "index" ? (column.numbers ?? []) : [];
    });
    return [...new Set(all)].sort((a, b) => a - b);
  };
  const named = await askGroupNames(title, attributes, numbersOf);
  if (!named) return null;
  const isUsual = attributes.every((one) => reading.groups.includes(one));
  const isLeftOut = attributes.length < reading.groups.length;
  const names = attributes.map(attributeName);
  const numbered = numbering?.classes ?? 0;
  return {
    columns: { ...columns, ...((!isUsual || isLeftOut) && names.length > 0 && { groups: oneOrMany(names) }) },
    classes: said?.classes ?? (numbered > 1 ? await findClassNames(folder, numbered) : null),
    ...groupsSetting(names, named),
  };
}

/** `groups:sex` is the attribute "sex". */
function attributeName({ name }: IndexColumn): string {
  return name.replace(/^groups:/, "");
}

function oneOrMany(names: readonly string[]): string | string[] {
  const [only, ...others] = names;
  return only !== undefined && others.length === 0 ? only : [...names];
}

async function askAttributes(title: string, { reading }: FoundTable): Promise<IndexColumn[] | null> {
  const { groups, others } = reading;
  if (others.length === 0) return [...groups];
  const items = [...groups, ...others].map((column) => ({
    label: attributeName(column),
    description: valuesText(column),
    picked: groups.includes(column) || soundsLikeGroup(column),
    column,
  }));
  const picked = await pickMany(items, {
    title: `${title}: Groups`,
    placeHolder: "What tells groups apart? None where it does not matter",
  });
  return picked?.map(({ column }) => column) ?? null;
}

function valuesText({ distinct, texts }: IndexColumn): string {
  const examples = texts?.slice(0, 5).join(", ");
  return `${counted(distinct, "group")}${examples === undefined ? ", numbered" : `: ${examples}`}`;
}

/** Names of each attribute that is only numbered; null for one that stays so, or whose texts say them. */
async function askGroupNames(
  title: string,
  attributes: readonly IndexColumn[],
  numbersOf: (attribute: IndexColumn) => number[],
): Promise<(string[] | null)[] | null> {
  const all: (string[] | null)[] = [];
  for (const attribute of attributes) {
    const numbers = numbersOf(attribute);
    if (attribute.texts !== null || !canBeNamed(numbers)) {
      all.push(null);
      continue;
    }
    const count = numbers.length;
    const answer = await ask({
      title: `${title}: Groups`,
      prompt: `${attributeName(attribute)} has ${counted(count, "group")}, numbered ${numberedAs(numbers)}. What are they called, in that order? Leave it empty to call them by their numbers.`,
      placeHolder: "dark skin, light skin",
      validateInput: (text) => {
        const names = parseNames(text, count);
        return typeof names === "string" ? names : null;
      },
    });
    if (answer === undefined) return null;
    const names = parseNames(answer, count);
    all.push(Array.isArray(names) ? byNumber(names, numbers) : null);
  }
  return all;
}
