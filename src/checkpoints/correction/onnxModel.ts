/** A correction as an ONNX model: scores [N, columns] in, logits [N, K] and the class [N] out. Source: onnx.proto3, opset 13. */
import { field, integerField } from "../../files/protobuf.ts";
import { type Attribute, nodeMessage, tensorMessage, valueMessage } from "../onnx/writing.ts";
import type { CorrectionFile } from "./names.ts";

/** The oldest that has every operator in this form. */
const opset = 13;
const irVersion = 7;

/** The bytes of the model. */
export function correctionModel({ scores, floor, weight, bias }: Omit<CorrectionFile, "selmix">): Uint8Array {
  const [columns, classes] = [weight[0]?.length ?? 0, bias.length];
  const steps: Uint8Array[][] = [];
  const constants = [
    tensorMessage("weight", "float32", weight.flat(), [classes, columns]),
    tensorMessage("bias", "float32", bias, [classes]),
    ...(scores === "probabilities" ? [tensorMessage("floor", "float32", [floor], [])] : []),
    ...(scores === "probabilities" && columns === 1 ? [tensorMessage("one", "float32", [1], [])] : []),
  ];
  let last = "scores";
  const then = (
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    name = `step${steps.length}`,
  ) => {
    steps.push(nodeMessage({ operator, inputs, outputs: [name], attributes }));
    last = name;
    return name;
  };
  if (scores === "probabilities") {
    const log = then("Log", [then("Max", ["scores", "floor"])]);
    if (columns === 1) {
      const other = then("Log", [then("Max", [then("Sub", ["one", "scores"]), "floor"])]);
      then("Sub", [log, other]);
    }
  }
  if (columns > 1) {
    const from = last;
    then("Sub", [from, then("ReduceMean", [from], { axes: [1], keepdims: 1 })]);
  }
  then("Gemm", [last, "weight", "bias"], { transB: 1 }, "logits");
  then("ArgMax", ["logits"], { axis: 1, keepdims: 0 }, "class");
  const graph = [
    ...steps.map((step) => field(1, step)),
    field(2, "correction"),
    ...constants.map((constant) => field(5, constant)),
    field(11, valueMessage("scores", "float32", ["N", columns])),
    field(12, valueMessage("logits", "float32", ["N", classes])),
    field(12, valueMessage("class", "int64", ["N"])),
  ];
  return Buffer.concat([
    integerField(1, irVersion),
    field(2, "selmix"),
    field(7, graph),
    field(8, [field(1, ""), integerField(2, opset)]),
  ]);
}
