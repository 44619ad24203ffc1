/** What a training script put into a checkpoint: which dictionary is the model, and the names of its tensors. */
import { entriesOf, itemsOf, PickleDict, PickleObject, type PickleValue } from "./pickleValues.ts";
import { asTensor, type View } from "./tensors.ts";

export interface NamedView {
  readonly name: string;
  readonly view: View;
  /** Whether it belongs to something beside the model: an averaged copy, a second network, a counter. */
  readonly auxiliary: boolean;
}

/** What checkpoints cannot have more of, however they are written. */
const mostTensors = 200_000;
const longestName = 1024;
const deepest = 48;

/** Keys under which training scripts keep the model, the likeliest first. */
const wrappers = [
  "state_dict",
  "model_state_dict",
  "model_state",
  "model",
  "module",
  "net",
  "network",
  "weights",
  "params",
];

export class ContentsError extends Error {
  override name = "ContentsError";
}

/**
 * Lists the tensors of a checkpoint by the names that the model itself has for them: `fc.weight`, also where the file
 * keeps the model under `model`, `state_dict` and the like. Other tensors carry the keys that lead to them. Optimizer
 * state is left out: it has the shapes of the model and none of its meaning. Throws `ContentsError`.
 */
export function findTensors(root: PickleValue): NamedView[] {
  const model = findModel(root);
  const walk = new Walk();
  walk.visit(model, "", 0, false);
  if (model !== root) walk.visit(root, "", 0, true);
  return walk.found;
}

/** Follows wrapper keys down from the root, as `{"state_dict": {"model": ...}}` does at most. */
function findModel(root: PickleValue): PickleValue {
  let model = root;
  for (let level = 0; level < 3; level++) {
    const inside = wrapped(model);
    if (inside === null) break;
    model = inside;
  }
  return model;
}

function wrapped(value: PickleValue): PickleValue | null {
  const entries = entriesOf(value);
  if (!entries) return null;
  const containers = new Map<PickleValue, PickleValue>();
  let tensors = 0;
  for (const [key, entry] of entries) {
    if (asTensor(entry)) tensors += 1;
    else if (!isOptimizer(entry) && holdsTensors(entry)) containers.set(key, entry);
  }
  const known = wrappers.find((key) => containers.has(key));
  if (known !== undefined) return containers.get(known) ?? null;
  return containers.size === 1 && tensors === 0 ? ([...containers.values()][0] ?? null) : null;
}

/** Whether a record is a module, or a dictionary with a tensor, a module or a dictionary of tensors in it. */
const holdsTensors = askedOnce(
  (value) =>
    moduleParts(value) !== null ||
    someEntry(
      value,
      (entry) => asTensor(entry) !== null || moduleParts(entry) !== null || listsTensors(entry),
    ),
);

/** Whether a record is a dictionary with a tensor in it. */
const listsTensors = askedOnce((value) => someEntry(value, (entry) => asTensor(entry) !== null));

/** A file may refer to one dictionary from a million places: what is asked of each reference is answered for the dictionary. */
function askedOnce(ask: (value: PickleValue) => boolean): (value: PickleValue) => boolean {
  const answers = new WeakMap<object, boolean>();
  return (value) => {
    if (typeof value !== "object" || value === null) return ask(value);
    const known = answers.get(value) ?? ask(value);
    answers.set(value, known);
    return known;
  };
}

function someEntry(value: PickleValue, holds: (entry: PickleValue) => boolean): boolean {
  for (const entry of entriesOf(value)?.values() ?? []) if (holds(entry)) return true;
  return false;
}

/** Every optimizer's state_dict has these two; an averaged model's does not. */
function isOptimizer(value: PickleValue): boolean {
  const entries = entriesOf(value);
  return entries?.has("state") === true && entries.has("param_groups");
}

/** The dictionaries of a pickled module (torch.nn.Module), in the order of its state_dict; null for anything else. */
function moduleParts(value: PickleValue): PickleValue[] | null {
  const state = stateOf(value);
  const modules = state?.entries.get("_modules");
  const own = state?.entries.get("_parameters");
  if (!state || modules === undefined || own === undefined) return null;
  return [own, state.entries.get("_buffers") ?? null, modules];
}

/** Attributes of a pickled object; null when it has none. */
function stateOf(value: PickleValue): PickleDict | null {
  return value instanceof PickleObject && value.state instanceof PickleDict ? value.state : null;
}

class Walk {
  readonly found: NamedView[] = [];
  /** How often each name was given. */
  readonly #names = new Map<string, number>();
  /** Containers already walked: a file may refer to one from many places, and in circles. */
  readonly #seen = new Set<PickleValue>();

  visit(value: PickleValue, path: string, depth: number, auxiliary: boolean): void {
    const view = asTensor(value);
    if (view) this.#add(path, view, auxiliary);
    if (view || typeof value !== "object" || value === null || depth > deepest || this.#seen.has(value))
      return;
    this.#seen.add(value);
    if (isOptimizer(value)) return;
    const parts = moduleParts(value);
    if (parts) {
      for (const part of parts) this.visit(part, path, depth + 1, auxiliary);
      return;
    }
    const entries = entriesOf(value) ?? stateOf(value)?.entries;
    for (const [key, entry] of entries ?? []) this.#step(path, key, entry, depth, auxiliary);
    itemsOf(value)?.forEach((item, index) => {
      this.#step(path, index, item, depth, auxiliary);
    });
  }

  #step(path: string, key: PickleValue, value: PickleValue, depth: number, auxiliary: boolean): void {
    if (typeof value !== "object" || value === null) return;
    if (typeof key !== "string" && typeof key !== "number") return;
    const name = path === "" ? String(key) : `${path}.${key}`;
    if (name.length > longestName) throw new ContentsError(`has a name of ${name.length} characters`);
    this.visit(value, name, depth + 1, auxiliary);
  }

  #add(path: string, view: View, auxiliary: boolean): void {
    if (this.found.length === mostTensors) throw new ContentsError(`lists more than ${mostTensors} tensors`);
    let copy = this.#names.get(path) ?? 0;
    let name = path;
    do {
      copy += 1;
      name = copy === 1 ? path : `${path} (${copy})`;
    } while (copy > 1 && this.#names.has(name));
    this.#names.set(path, copy);
    if (name !== path) this.#names.set(name, 1);
    this.found.push({ name, view, auxiliary });
  }
}
