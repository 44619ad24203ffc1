/** A correction as an ONNX model: scores [N, columns] in, logits [N, K] and the class [N] out. Source: onnx.proto3, opset 13. */
import type { CorrectionFile } from "./names.ts";

const [FLOAT, INT64] = [1, 7];
/** The oldest that has every operator in this form. */
const opset = 13;
const irVersion = 7;

/** The bytes of the model. */
export function correctionModel({ scores, floor, weight, bias }: Omit<CorrectionFile, "selmix">): Uint8Array {
  const [columns, classes] = [weight[0]?.length ?? 0, bias.length];
  const steps: Uint8Array[] = [];
  const constants = [
    tensor("weight", [classes, columns], weight.flat()),
    tensor("bias", [classes], bias),
    ...(scores === "probabilities" ? [tensor("floor", [], [floor])] : []),
    ...(scores === "probabilities" && columns === 1 ? [tensor("one", [], [1])] : []),
  ];
  let last = "scores";
  const then = (
    type: string,
    inputs: readonly string[],
    attributes: readonly Uint8Array[] = [],
    name = `step${steps.length}`,
  ) => {
    steps.push(node(type, inputs, name, attributes));
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
    then("Sub", [from, then("ReduceMean", [from], [integers("axes", [1]), integer("keepdims", 1)])]);
  }
  then("Gemm", [last, "weight", "bias"], [integer("transB", 1)], "logits");
  then("ArgMax", ["logits"], [integer("axis", 1), integer("keepdims", 0)], "class");
  const graph = message(
    ...steps.map((step) => field(1, step)),
    field(2, text("correction")),
    ...constants.map((constant) => field(5, constant)),
    field(11, value("scores", FLOAT, ["N", columns])),
    field(12, value("logits", FLOAT, ["N", classes])),
    field(12, value("class", INT64, ["N"])),
  );
  return message(
    number(1, irVersion),
    field(2, text("selmix")),
    field(7, graph),
    field(8, message(field(1, text("")), number(2, opset))),
  );
}

function node(
  type: string,
  inputs: readonly string[],
  output: string,
  attributes: readonly Uint8Array[],
): Uint8Array {
  return message(
    ...inputs.map((input) => field(1, text(input))),
    field(2, text(output)),
    field(4, text(type)),
    ...attributes.map((attribute) => field(5, attribute)),
  );
}

const [INT_ATTRIBUTE, INTS_ATTRIBUTE] = [2, 7];

function integer(name: string, given: number): Uint8Array {
  return message(field(1, text(name)), number(3, given), number(20, INT_ATTRIBUTE));
}

function integers(name: string, given: readonly number[]): Uint8Array {
  return message(field(1, text(name)), ...given.map((one) => number(8, one)), number(20, INTS_ATTRIBUTE));
}

function tensor(name: string, shape: readonly number[], values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(Float32Array.from(values).buffer);
  return message(
    ...shape.map((size) => number(1, size)),
    number(2, FLOAT),
    field(8, text(name)),
    field(9, bytes),
  );
}

function value(name: string, type: number, shape: readonly (string | number)[]): Uint8Array {
  const dimensions = shape.map((size) =>
    field(1, typeof size === "string" ? field(2, text(size)) : number(1, size)),
  );
  const typed = message(number(1, type), field(2, message(...dimensions)));
  return message(field(1, text(name)), field(2, field(1, typed)));
}

const text = (words: string) => new TextEncoder().encode(words);

/** A field of bytes, with its length before them. */
function field(at: number, bytes: Uint8Array): Uint8Array {
  return message(Uint8Array.from([...varint(at * 8 + 2), ...varint(bytes.length)]), bytes);
}

/** A field of a whole number. */
function number(at: number, given: number): Uint8Array {
  return Uint8Array.from([...varint(at * 8), ...varint(given)]);
}

function varint(given: number): number[] {
  const bytes: number[] = [];
  let rest = given;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
}

function message(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
