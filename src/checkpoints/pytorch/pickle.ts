/**
 * Interprets pickles of protocols 2 to 5 into inert records (PEP 307, PEP 574, Python's pickletools). A pickle is a program;
 * here its calls are written down and never made.
 */
import { constantOf } from "./pickleConstants.ts";
import { PickleError, PickleInput } from "./pickleInput.ts";
import {
  PickleDict,
  PickleGlobal,
  PickleObject,
  PicklePersistent,
  PickleSequence,
  type PickleValue,
} from "./pickleValues.ts";

const mostOpcodes = 4_000_000;
const deepestMarks = 10_000;

export interface Pickle {
  readonly value: PickleValue;
  /** Every reference to something outside, in the order of the pickle. */
  readonly persistent: readonly PicklePersistent[];
  /** The byte after the pickle. */
  readonly end: number;
}

/** Called when an object got its state: some writers put raw bytes right behind it, which are skipped then. */
export type AfterBuild = (object: PickleObject, input: PickleInput) => void;

/** Interprets one pickle that starts at `start`. Throws `PickleError`. */
export function readPickle(bytes: Uint8Array, start = 0, afterBuild?: AfterBuild): Pickle {
  const machine = new PickleMachine(bytes, start, afterBuild);
  return { value: machine.run(), persistent: machine.persistent, end: machine.input.at };
}

class PickleMachine {
  readonly input: PickleInput;
  readonly persistent: PicklePersistent[] = [];
  readonly #stack: PickleValue[] = [];
  /** Stack heights at which a MARK stands. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickleValue>();

  readonly #afterBuild: AfterBuild | undefined;

  constructor(bytes: Uint8Array, start: number, afterBuild?: AfterBuild) {
    this.input = new PickleInput(bytes, start);
    this.#afterBuild = afterBuild;
  }

  run(): PickleValue {
    for (let count = 0; count < mostOpcodes; count++) {
      const opcode = this.input.u8();
      if (opcode === 0x2e /* STOP */) return this.#pop();
      if (
        !(
          this.#constant(opcode) ||
          this.#container(opcode) ||
          this.#bookkeeping(opcode) ||
          this.#call(opcode)
        )
      )
        throw new PickleError(
          `has opcode 0x${opcode.toString(16)}, which protocols 2 to 5 do not use in a file`,
        );
    }
    throw new PickleError(`has more than ${mostOpcodes} instructions`);
  }

  #constant(opcode: number): boolean {
    const value = constantOf(opcode, this.input);
    if (value === undefined) return false;
    this.#stack.push(value);
    return true;
  }

  #container(opcode: number): boolean {
    switch (opcode) {
      case 0x6c /* LIST */:
        this.#stack.push(new PickleSequence("list", this.#popToMark()));
        return true;
      case 0x74 /* TUPLE */:
        this.#stack.push(new PickleSequence("tuple", this.#popToMark()));
        return true;
      case 0x91 /* FROZENSET */:
        this.#stack.push(new PickleSequence("set", this.#popToMark()));
        return true;
      case 0x85 /* TUPLE1 */:
      case 0x86 /* TUPLE2 */:
      case 0x87 /* TUPLE3 */:
        this.#stack.push(new PickleSequence("tuple", this.#popMany(opcode - 0x84)));
        return true;
      case 0x64 /* DICT */:
        {
          const pairs = this.#popToMark();
          const dict = new PickleDict();
          this.#stack.push(dict);
          setPairs(dict.toFill(), pairs);
          return true;
        }
      case 0x61 /* APPEND */:
        this.#append([this.#pop()]);
        return true;
      case 0x65 /* APPENDS */:
      case 0x90 /* ADDITEMS */:
        this.#append(this.#popToMark());
        return true;
      case 0x73 /* SETITEM */:
        this.#set(this.#popMany(2));
        return true;
      case 0x75 /* SETITEMS */:
        this.#set(this.#popToMark());
        return true;
      default:
        return false;
    }
  }

  #bookkeeping(opcode: number): boolean {
    const { input } = this;
    switch (opcode) {
      case 0x80 /* PROTO */:
        {
          const protocol = input.u8();
          if (protocol < 2 || protocol > 5)
            throw new PickleError(`is written in pickle protocol ${protocol}`);
          return true;
        }
      case 0x95 /* FRAME */:
        {
          const length = input.u64();
          input.at = input.skip(length);
          return true;
        }
      case 0x28 /* MARK */:
        if (this.#marks.length === deepestMarks) throw new PickleError("is nested too deeply");
        this.#marks.push(this.#stack.length);
        return true;
      case 0x30 /* POP */:
        if (this.#stack.length === this.#marks.at(-1)) this.#marks.pop();
        else this.#pop();
        return true;
      case 0x31 /* POP_MARK */:
        this.#popToMark();
        return true;
      case 0x32 /* DUP */:
        this.#stack.push(this.#top());
        return true;
      case 0x71 /* BINPUT */:
        this.#memo.set(input.u8(), this.#top());
        return true;
      case 0x72 /* LONG_BINPUT */:
        this.#memo.set(input.u32(), this.#top());
        return true;
      case 0x94 /* MEMOIZE */:
        this.#memo.set(this.#memo.size, this.#top());
        return true;
      case 0x68 /* BINGET */:
        this.#stack.push(this.#recall(input.u8()));
        return true;
      case 0x6a /* LONG_BINGET */:
        this.#stack.push(this.#recall(input.u32()));
        return true;
      default:
        return false;
    }
  }

  #call(opcode: number): boolean {
    const { input } = this;
    switch (opcode) {
      case 0x93 /* STACK_GLOBAL */:
        {
          const [module, name] = this.#popMany(2);
          if (typeof module !== "string" || typeof name !== "string")
            throw new PickleError("names a global by something that is not text");
          this.#stack.push(new PickleGlobal(module, name));
          return true;
        }
      case 0x52 /* REDUCE */:
      case 0x81 /* NEWOBJ */:
        {
          const [callable = null, args = null] = this.#popMany(2);
          this.#stack.push(new PickleObject(callable, args));
          return true;
        }
      case 0x92 /* NEWOBJ_EX */:
        {
          const [callable = null, args = null] = this.#popMany(3);
          this.#stack.push(new PickleObject(callable, args));
          return true;
        }
      case 0x6f /* OBJ */:
        {
          const [callable = null, ...args] = this.#popToMark();
          this.#stack.push(new PickleObject(callable, new PickleSequence("tuple", args)));
          return true;
        }
      case 0x62 /* BUILD */:
        {
          const state = this.#pop();
          const object = this.#top();
          if (!(object instanceof PickleObject))
            throw new PickleError("gives state to something without any");
          object.state = state;
          this.#afterBuild?.(object, input);
          return true;
        }
      case 0x51 /* BINPERSID */:
        {
          const reference = new PicklePersistent(this.#pop());
          this.persistent.push(reference);
          this.#stack.push(reference);
          return true;
        }
      default:
        return false;
    }
  }

  #append(items: PickleValue[]): void {
    const target = this.#top();
    const isList = target instanceof PickleSequence && target.type !== "tuple";
    if (!isList && !(target instanceof PickleObject))
      throw new PickleError("appends to something that is not a list");
    // Arrays that are pushed to have room for more: of a list for each byte, that would be most of the memory.
    if (!target.items?.length) target.items = items;
    else for (const item of items) target.items.push(item);
  }

  #set(pairs: readonly PickleValue[]): void {
    const target = this.#top();
    if (target instanceof PickleObject) {
      target.entries ??= new Map();
      setPairs(target.entries, pairs);
    } else if (target instanceof PickleDict) setPairs(target.toFill(), pairs);
    else throw new PickleError("sets items of something that is not a dictionary");
  }

  #recall(index: number): PickleValue {
    const value = this.#memo.get(index);
    if (value === undefined) throw new PickleError("refers to a value that it never stored");
    return value;
  }

  #top(): PickleValue {
    const value = this.#stack.at(-1);
    if (value === undefined || this.#stack.length <= (this.#marks.at(-1) ?? 0))
      throw new PickleError("takes a value from an empty stack");
    return value;
  }

  #pop(): PickleValue {
    const value = this.#top();
    this.#stack.pop();
    return value;
  }

  #popMany(count: number): PickleValue[] {
    if (this.#stack.length - count < (this.#marks.at(-1) ?? 0))
      throw new PickleError("takes a value from an empty stack");
    return this.#stack.splice(this.#stack.length - count);
  }

  #popToMark(): PickleValue[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw new PickleError("has no mark where one is needed");
    return this.#stack.splice(mark);
  }
}

function setPairs(entries: Map<PickleValue, PickleValue>, pairs: readonly PickleValue[]): void {
  if (pairs.length % 2 !== 0) throw new PickleError("has a key without a value");
  for (let i = 0; i < pairs.length; i += 2) entries.set(pairs[i] ?? null, pairs[i + 1] ?? null);
}
