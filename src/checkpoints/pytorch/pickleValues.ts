/**
 * What a pickle says, as inert records: a global is a name, a call is a record of what would have been called.
 * Maps hold the entries of dictionaries, so no key of a file ever becomes a property name.
 */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleSequence
  | PickleDict
  | PickleGlobal
  | PickleObject
  | PicklePersistent;

/** A list, tuple, set or frozen set. */
export class PickleSequence {
  readonly type: "list" | "tuple" | "set";
  items: PickleValue[];
  constructor(type: "list" | "tuple" | "set", items: PickleValue[]) {
    this.type = type;
    this.items = items;
  }
}

const noEntries: ReadonlyMap<PickleValue, PickleValue> = new Map();

export class PickleDict {
  #entries: Map<PickleValue, PickleValue> | null = null;

  get entries(): ReadonlyMap<PickleValue, PickleValue> {
    return this.#entries ?? noEntries;
  }

  /** Made for the first entry: a pickle makes an empty dictionary with one byte. */
  toFill(): Map<PickleValue, PickleValue> {
    this.#entries ??= new Map();
    return this.#entries;
  }
}

/** A class or function by name; never looked up. */
export class PickleGlobal {
  readonly module: string;
  readonly name: string;
  constructor(module: string, name: string) {
    this.module = module;
    this.name = name;
  }
  get fullName(): string {
    return `${this.module}.${this.name}`;
  }
}

/** The result that calling `callable` with `args` would have had, with the state, items and entries given to it afterwards. */
export class PickleObject {
  readonly callable: PickleValue;
  readonly args: PickleValue;
  state: PickleValue = null;
  items: PickleValue[] | null = null;
  entries: Map<PickleValue, PickleValue> | null = null;
  constructor(callable: PickleValue, args: PickleValue) {
    this.callable = callable;
    this.args = args;
  }
  /** Full name of what is called, or "" when that is not a plain global. */
  get calls(): string {
    return this.callable instanceof PickleGlobal ? this.callable.fullName : "";
  }
}

/** A reference to something outside the pickle; PyTorch's storages. */
export class PicklePersistent {
  readonly id: PickleValue;
  constructor(id: PickleValue) {
    this.id = id;
  }
}

/** Items of a list or tuple; null for anything else. */
export function itemsOf(value: PickleValue | undefined): readonly PickleValue[] | null {
  return value instanceof PickleSequence ? value.items : null;
}

const dictLike = new Set(["collections.OrderedDict", "collections.defaultdict"]);

/** Entries of a dictionary or of an object that is one (OrderedDict, defaultdict); null for anything else. */
export function entriesOf(value: PickleValue | undefined): ReadonlyMap<PickleValue, PickleValue> | null {
  if (value instanceof PickleDict) return value.entries;
  if (!(value instanceof PickleObject) || !dictLike.has(value.calls)) return null;
  // Kept: a file may refer to one dictionary from many places.
  value.entries ??= new Map(pairsOf(itemsOf(value.args)?.[0]));
  return value.entries;
}

/** Python 2 wrote OrderedDict([[key, value], ...]). */
function pairsOf(value: PickleValue | undefined): [PickleValue, PickleValue][] {
  const pairs: [PickleValue, PickleValue][] = [];
  for (const item of itemsOf(value) ?? []) {
    const pair = itemsOf(item);
    if (pair?.length === 2 && pair[0] !== undefined && pair[1] !== undefined) pairs.push([pair[0], pair[1]]);
  }
  return pairs;
}
