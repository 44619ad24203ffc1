/** What a correction of scores is called. */

/** The id of its format. */
export const correctionFormat = "scores";
/** What the file that is written ends with. */
export const correctionEnding = ".json";

/** The ONNX model beside a correction.json. */
export function onnxBeside(output: string): string {
  return `${output.slice(0, -correctionEnding.length)}.onnx`;
}
