/** Arrays and matrices as JSON: base64 of their little-endian bytes, and of matrices that leave cells out, where the others are. */
import * as z from "zod";
import { Layout, type Matrix } from "../../selmix/confusion/matrix.ts";

type Numbers = Float64Array | Float32Array | Int32Array;
type Constructor<T extends Numbers> = new (bytes: ArrayBuffer) => T;

/** Arrays of one type; decoded they are aligned copies. */
const arraysOf = <T extends Numbers>(Type: Constructor<T>) =>
  z.codec(
    z.base64(),
    z.custom<T>((value) => value instanceof Type),
    {
      decode: (text) => new Type(new Uint8Array(Buffer.from(text, "base64")).buffer),
      encode: ({ buffer, byteOffset, byteLength }) =>
        Buffer.from(buffer, byteOffset, byteLength).toString("base64"),
    },
  );
export const float64s = arraysOf<Float64Array>(Float64Array);
export const float32s = arraysOf<Float32Array>(Float32Array);
export const int32s = arraysOf<Int32Array>(Int32Array);

type ArrayCodec<T extends Numbers> = z.ZodCodec<z.ZodBase64, z.ZodCustom<T, T>>;

const someCells = <T extends Numbers>(values: ArrayCodec<T>) =>
  z.codec(
    z.object({ columns: z.int().positive(), starts: int32s, columnOf: int32s, values }),
    matrixOf<T>(),
    {
      decode: ({ columns, starts, columnOf, values }) => ({
        layout: Layout.some(columns, starts, columnOf),
        values: values as T,
      }),
      encode: ({ layout, values }) => {
        if (layout.kept === null) throw new Error("all cells are kept as an array");
        return { columns: layout.columns, ...layout.kept, values };
      },
    },
  );

/** A matrix as it is between processes' borders. */
export const matrixOf = <T extends Numbers>() =>
  z.custom<Matrix<T>>((value) => typeof value === "object" && value !== null && "layout" in value);

/** All numbers of a matrix in an array, or some of its cells. */
export const wholeOr = <W extends z.ZodType, T extends Numbers>(whole: W, values: ArrayCodec<T>) =>
  z.union([whole, someCells(values)]);
