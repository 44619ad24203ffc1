/** A head as it will be read from the file that it is written to: at the precision that it is stored with. */
import { readHead } from "../../checkpoints/head.ts";
import { decodeFloats, encodeFloats, isFloatType } from "../../files/numbers.ts";
import { widenedHead } from "../../selmix/heads/groupColumns.ts";
import type { Head } from "../../selmix/problem.ts";
import { replacementsOf } from "../problem/groupColumns.ts";
import { withoutOffsets } from "../problem/groupTable.ts";
import type { Prepared } from "../problem/prepare.ts";

/** A head as a reader of the checkpoint will have it, with the columns of groups as the table beside it has them. */
export async function asStored(prepared: Prepared, head: Head): Promise<Head> {
  const { checkpoint, location, problem } = prepared;
  const { groupColumns } = problem;
  const { tensors, offsets } = withoutOffsets(replacementsOf(prepared, head));
  const typeOf = (name: string) => checkpoint.tensors.find((tensor) => tensor.name === name)?.type;
  const stored = new Map(tensors.map(({ name, values }) => [name, rounded(values, typeOf(name))]));
  const read = async (name: string) => stored.get(name) ?? checkpoint.read(name);
  const plain = await readHead({ path: checkpoint.path, read }, location);
  return groupColumns === undefined ? plain : widenedHead(plain, groupColumns, offsets ?? undefined);
}

function rounded(values: Float32Array, type: string | undefined): Float32Array {
  if (type === undefined || !isFloatType(type)) return values;
  const read = new Float32Array(values.length);
  decodeFloats(type, encodeFloats(type, values), values.length, read, 0);
  return read;
}
