/** What tfjs-node's backend adds to tfjs' own interface, as far as we use it: TensorFlow's operations by their names. */
import type * as tf from "@tensorflow/tfjs-core";

/** An attribute of an operation; `type` is one of the binding's TF_ATTR_ constants. */
export interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: number | boolean | string | readonly number[];
}

/** A tensor that an operation made; its memory is TensorFlow's until `deleteTensor`. */
export interface Made {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}

export interface Binding {
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_SHAPE: number;
  readonly TF_ATTR_STRING: number;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_INT64: number;
  /** A tensor of these values, which may keep using their memory; those of an INT64 tensor are pairs, low half first. */
  createTensor(shape: readonly number[], type: number, values: Float32Array | Int32Array): number;
  deleteTensor(id: number): void;
  /** Throws an `Error` with TensorFlow's own words. */
  executeOp(
    name: string,
    attributes: readonly Attribute[],
    inputs: readonly number[],
    outputs: number,
  ): Made[];
}

export interface TensorFlowBackend extends tf.KernelBackend {
  readonly binding: Binding;
  readonly isUsingGpuDevice: boolean;
  executeSingleOutput(
    name: string,
    attributes: readonly Attribute[],
    inputs: readonly tf.TensorInfo[],
  ): tf.TensorInfo;
  /** Hands a tensor over to tfjs. */
  createOutputTensor<R extends tf.Rank>(made: Made): tf.Tensor<R>;
}

export function isTensorFlowBackend(backend: unknown): backend is TensorFlowBackend {
  return (
    typeof backend === "object" &&
    backend !== null &&
    "binding" in backend &&
    "executeSingleOutput" in backend &&
    "createOutputTensor" in backend
  );
}
