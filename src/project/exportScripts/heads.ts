import { headWord, isEmbedding, isOptimizerState, storesColumns } from "../../checkpoints/headNames.ts";
import { isFloatType } from "../../files/numbers.ts";

/** A matrix that may be the head, as far as its name and shape tell before there are features. */
export interface PossibleHead {
  readonly weight: string;
  readonly size: number;
  readonly classes: number;
}

/** The matrices of a checkpoint, the likeliest head first: by what names sound like, then the last one first. */
export function possibleHeads(
  tensors: readonly { readonly name: string; readonly shape: readonly number[]; readonly type: string }[],
): PossibleHead[] {
  const matrices = tensors
    .filter(({ shape, type }) => shape.length === 2 && isFloatType(type))
    .filter(({ name }) => !isEmbedding(name) && !isOptimizerState(name))
    .map(({ name, shape: [first = 0, second = 0] }) =>
      storesColumns(name)
        ? { weight: name, size: first, classes: second }
        : { weight: name, size: second, classes: first },
    )
    .reverse();
  const soundsRight = (one: PossibleHead) => headWord(one.weight) !== null;
  return [...matrices.filter(soundsRight), ...matrices.filter((one) => !soundsRight(one))];
}
