/** What a fitted estimator holds: its arrays by the names of their attributes, and the names of its classes. */
import { PickleError } from "../pytorch/pickleInput.ts";
import { entriesOf, itemsOf, PickleGlobal, PickleObject, type PickleValue } from "../pytorch/pickleValues.ts";
import { attributeIn, stepIn } from "./attributeNames.ts";
import { asArray, joblibWrapper, type PickledArray, textsOf } from "./numpyArrays.ts";

export interface NamedArray {
  readonly name: string;
  readonly array: PickledArray;
  /** Whether it is kept for the estimator's own use: a copy of its weights, an optimizer's memory. */
  readonly auxiliary: boolean;
}

export interface Estimator {
  /** Name of its class, such as "LogisticRegression". */
  readonly kind: string;
  readonly arrays: readonly NamedArray[];
  /** `classes_`, as numbers or texts; null where there are none that can be read. */
  readonly classes: PickledArray | readonly string[] | null;
}

const mostArrays = 50_000;
const deepest = 12;

/** Lists the arrays of a pickled estimator. `embedded` are those whose bytes joblib wrote behind their records. */
export function readEstimator(
  root: PickleValue,
  bytes: Uint8Array,
  embedded: ReadonlyMap<PickleObject, PickledArray | PickleValue>,
): Estimator {
  const arrays: NamedArray[] = [];
  let classes: Estimator["classes"] = null;
  const seen = new Set<PickleValue>();
  const visit = (value: PickleValue, path: string, depth: number): void => {
    if (typeof value !== "object" || value === null || depth > deepest) return;
    const inside = value instanceof PickleObject ? embedded.get(value) : undefined;
    const array = isArray(inside) ? inside : asArray(value, bytes);
    if (/(^|\.)classes_$/.test(path)) {
      classes = array ?? textsOf(inside instanceof PickleObject ? inside : value) ?? classes;
      return;
    }
    if (array) {
      if (arrays.length === mostArrays) throw new PickleError(`lists more than ${mostArrays} arrays`);
      arrays.push({ name: path, array, auxiliary: /(^|\.)_/.test(path) });
      return;
    }
    if (seen.has(value) || (value instanceof PickleObject && value.calls === joblibWrapper)) return;
    seen.add(value);
    const state = value instanceof PickleObject ? value.state : value;
    for (const [key, entry] of entriesOf(state) ?? []) {
      if (typeof key === "string" && key.length < 200) visit(entry, attributeIn(path, key), depth + 1);
    }
    const items = itemsOf(value) ?? [];
    const [name, step] = items;
    if (items.length === 2 && typeof name === "string" && step !== undefined) {
      visit(step, stepIn(path, name), depth + 1);
    } else
      for (const [index, item] of items.entries()) visit(item, attributeIn(path, String(index)), depth + 1);
  };
  visit(root, "", 0);
  return { kind: kindOf(root), arrays, classes };
}

function isArray(value: PickledArray | PickleValue | undefined): value is PickledArray {
  return typeof value === "object" && value !== null && "element" in value;
}

/** Of copyreg's way, too: _reconstructor(class, ...). */
function kindOf(root: PickleValue): string {
  if (!(root instanceof PickleObject)) return "";
  const made = itemsOf(root.args)?.[0];
  const isRebuilt = /_reconstructor$/.test(root.calls) && made instanceof PickleGlobal;
  const global = isRebuilt ? made : root.callable;
  return global instanceof PickleGlobal ? global.name : "";
}
