/** Tensors by the parts of their names. Pure. */
import type { JobResult } from "../../protocol/engine.ts";

export type Tensor = JobResult<"inspect">["tensors"][number];

export interface Branch {
  /** The part of the name; several where a branch has but one child that is no tensor. */
  readonly label: string;
  readonly branches: readonly Branch[];
  readonly tensors: readonly { readonly label: string; readonly tensor: Tensor }[];
  /** Of everything below. */
  readonly count: number;
  readonly bytes: number;
}

const separators = /[./]/;
/** Names of more parts have the rest of them in one: nobody opens a hundred branches, and a stack ends somewhere. */
const mostParts = 50;

/** The tensors as a tree: "layer1.0.conv.weight" lies in layer1, 0, conv. What has one way on is one step. */
export function treeOf(tensors: readonly Tensor[], label = "", depth = 0): Branch {
  const own: { label: string; tensor: Tensor }[] = [];
  const below = new Map<string, Tensor[]>();
  for (const tensor of tensors) {
    const parts = tensor.name.split(separators);
    const head = parts[depth];
    if (head === undefined || parts.length === depth + 1 || depth === mostParts) {
      own.push({ label: parts.slice(depth).join(".") || tensor.name, tensor });
    } else {
      const there = below.get(head);
      if (there) there.push(tensor);
      else below.set(head, [tensor]);
    }
  }
  const branches: Branch[] = [];
  for (const [part, inside] of below) {
    const [only] = inside;
    // A branch of one tensor says no more than its name.
    if (only !== undefined && inside.length === 1)
      own.push({ label: only.name.split(separators).slice(depth).join("."), tensor: only });
    else branches.push(joined(treeOf(inside, part, depth + 1)));
  }
  const bytes = tensors.reduce((sum, tensor) => sum + tensor.bytes, 0);
  return { label, branches, tensors: own, count: tensors.length, bytes };
}

function joined(branch: Branch): Branch {
  const [only] = branch.branches;
  if (only === undefined || branch.branches.length > 1 || branch.tensors.length > 0) return branch;
  return { ...only, label: `${branch.label}.${only.label}` };
}

/** Those whose name, shape or type has all the words. */
export function found(tensors: readonly Tensor[], sought: string): Tensor[] {
  const words = sought.toLocaleLowerCase().split(/\s+/);
  return tensors.filter(({ name, shape, type }) => {
    const text = `${name} ${shape.join("x")} ${type}`.toLocaleLowerCase();
    return words.every((word) => text.includes(word));
  });
}
