/** What a correction of scores is called, and what it holds. */

/** The id of its format. */
export const correctionFormat = "scores";
/** What the file that is written ends with. */
export const correctionEnding = ".json";

/** The ONNX model beside a correction.json. */
export function onnxBeside(output: string): string {
  return `${output.slice(0, -correctionEnding.length)}.onnx`;
}

/** What is written: everything that applying it needs. `weight` is [K, columns]. */
export interface CorrectionFile {
  readonly selmix: 1;
  readonly scores: "probabilities" | "logits";
  readonly floor: number;
  readonly classes: readonly string[];
  readonly weight: readonly (readonly number[])[];
  readonly bias: readonly number[];
}
