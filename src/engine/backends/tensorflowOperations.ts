/** TensorFlow's operations by their names, on tensors of float32: what a training step needs of them. */
import type { Attribute, Binding, Made } from "./tensorflowBackend.ts";

/** Names of the variables: TensorFlow shares those of the same name. */
let variables = 0;

/** Takes and returns tensors by their numbers; what an operation made stays until `free`. */
export class TensorFlowOperations {
  readonly #binding: Binding;
  readonly #type: Attribute;
  readonly #element: Attribute;

  constructor(binding: Binding) {
    this.#binding = binding;
    this.#type = this.#typed("T", binding.TF_FLOAT);
    this.#element = this.#typed("dtype", binding.TF_FLOAT);
  }

  floats(shape: readonly number[], values: Float32Array): number {
    return this.#binding.createTensor(shape, this.#binding.TF_FLOAT, values);
  }

  /** A variable with a value to begin with; it is there until `destroy`. */
  variable(shape: readonly number[], value: number): number {
    const { TF_ATTR_SHAPE, TF_ATTR_STRING } = this.#binding;
    const name = `selmix.head.${variables++}`;
    const variable = this.#one(
      "VarHandleOp",
      [
        this.#element,
        { name: "shape", type: TF_ATTR_SHAPE, value: shape },
        { name: "shared_name", type: TF_ATTR_STRING, value: name },
        { name: "container", type: TF_ATTR_STRING, value: "" },
      ],
      [],
    );
    this.#binding.executeOp("AssignVariableOp", [this.#element], [variable.id, value], 0);
    return variable.id;
  }

  /** The variable's value. It shares the variable's memory until one of both goes or changes. */
  read(variable: number): Made {
    return this.#one("ReadVariableOp", [this.#element], [variable]);
  }

  /** variable -= rate * gradient */
  descend(variable: number, rate: number, gradient: number): void {
    const scale = this.floats([], Float32Array.of(rate));
    const attributes = [this.#type, this.#flag("use_locking")];
    this.#binding.executeOp("ResourceApplyGradientDescent", attributes, [variable, scale, gradient], 0);
    this.free(scale);
  }

  destroy(variable: number): void {
    this.#binding.executeOp("DestroyResourceOp", [this.#flag("ignore_lookup_error")], [variable], 0);
    this.free(variable);
  }

  /** a b, or a' b. */
  product(a: number, b: number, transposeA = false): number {
    const attributes = [this.#type, this.#flag("transpose_a", transposeA), this.#flag("transpose_b")];
    return this.#one("MatMul", attributes, [a, b]).id;
  }

  /** M [rows, columns] times `dense`, of M's non-zero values and their places [count, 2], row by row. */
  sparseProduct(shape: readonly [number, number], places: Int32Array, values: Float32Array, dense: number) {
    const { TF_INT32, TF_INT64 } = this.#binding;
    const [rows, columns] = shape;
    const inputs = [
      this.#binding.createTensor([values.length, 2], TF_INT32, places),
      this.floats([values.length], values),
      this.#binding.createTensor([2], TF_INT64, Int32Array.of(rows, 0, columns, 0)),
    ];
    const attributes = [
      this.#type,
      this.#typed("Tindices", TF_INT32),
      this.#flag("adjoint_a"),
      this.#flag("adjoint_b"),
    ];
    const { id } = this.#one("SparseTensorDenseMatMul", attributes, [...inputs, dense]);
    this.free(...inputs);
    return id;
  }

  softmax(logits: number): number {
    return this.#one("Softmax", [this.#type], [logits]).id;
  }

  difference(a: number, b: number): number {
    return this.#one("Sub", [this.#type], [a, b]).id;
  }

  free(...ids: readonly number[]): void {
    for (const id of ids) this.#binding.deleteTensor(id);
  }

  #one(name: string, attributes: readonly Attribute[], inputs: readonly number[]): Made {
    return this.#binding.executeOp(name, attributes, inputs, 1)[0];
  }

  #typed(name: string, value: number): Attribute {
    return { name, type: this.#binding.TF_ATTR_TYPE, value };
  }

  #flag(name: string, value = false): Attribute {
    return { name, type: this.#binding.TF_ATTR_BOOL, value };
  }
}
