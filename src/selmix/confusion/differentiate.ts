/**
 * Reverse-mode automatic differentiation of functions of a confusion matrix, in float64.
 *
 * Objectives and constraints depend on the matrix C [B,K] only through a few linear summaries (its diagonal, row sums
 * and column sums), so the tape holds short vectors and dpsi/dC is assembled at the end in one pass over C. That is
 * exact, and at K = 1000 thousands of times cheaper than differentiating through B x K tensors.
 */

/** A vector on the tape; scalars have length 1. */
export class Vector {
  readonly value: Float64Array;
  #grad: Float64Array | null = null;
  readonly backward: (() => void) | null;
  readonly tape: Vector[];

  constructor(tape: Vector[], value: Float64Array, backward: ((self: Vector) => void) | null) {
    this.tape = tape;
    this.value = value;
    this.backward = backward === null ? null : () => backward(this);
    tape.push(this);
  }

  /** Made when first asked for: a search for offsets scores thousands of heads, and derives none. */
  get grad(): Float64Array {
    this.#grad ??= new Float64Array(this.value.length);
    return this.#grad;
  }

  /** The value of a vector of length 1. */
  get scalar(): number {
    return this.value[0];
  }

  plus(other: Vector): Vector {
    return this.#combine(
      other,
      (a, b) => a + b,
      () => 1,
      () => 1,
    );
  }

  minus(other: Vector): Vector {
    return this.#combine(
      other,
      (a, b) => a - b,
      () => 1,
      () => -1,
    );
  }

  times(other: Vector): Vector {
    return this.#combine(
      other,
      (a, b) => a * b,
      (_a, b) => b,
      (a) => a,
    );
  }

  over(other: Vector): Vector {
    return this.#combine(
      other,
      (a, b) => a / b,
      (_a, b) => 1 / b,
      (a, b) => -a / (b * b),
    );
  }

  scale(factor: number, offset = 0): Vector {
    return this.#map(
      (a) => factor * a + offset,
      () => factor,
    );
  }

  log(): Vector {
    return this.#map(Math.log, (a) => 1 / a);
  }

  exp(): Vector {
    return this.#map(Math.exp, Math.exp);
  }

  reciprocal(): Vector {
    return this.#map(
      (a) => 1 / a,
      (a) => -1 / (a * a),
    );
  }

  /** sum_i weights[i] this[i]; weights are constants. */
  dot(weights: ArrayLike<number>): Vector {
    let total = 0;
    for (let index = 0; index < this.value.length; index++) total += weights[index] * this.value[index];
    return new Vector(this.tape, Float64Array.of(total), (self) => {
      for (let index = 0; index < this.grad.length; index++)
        this.grad[index] += weights[index] * self.grad[0];
    });
  }

  sum(): Vector {
    return this.dot(new Float64Array(this.value.length).fill(1));
  }

  mean(): Vector {
    return this.dot(new Float64Array(this.value.length).fill(1 / this.value.length));
  }

  /** result[k] = sum of this[i] over i with index[i] = k; entries with a negative index are left out. */
  sumBy(index: ArrayLike<number>, size: number): Vector {
    const total = new Float64Array(size);
    for (let i = 0; i < this.value.length; i++) if (index[i] >= 0) total[index[i]] += this.value[i];
    return new Vector(this.tape, total, (self) => {
      for (let i = 0; i < this.grad.length; i++) if (index[i] >= 0) this.grad[i] += self.grad[index[i]];
    });
  }

  /** result[k] = this[index[k]]. */
  take(index: readonly number[]): Vector {
    const taken = new Float64Array(index.length);
    for (let k = 0; k < taken.length; k++) taken[k] = this.value[index[k]];
    return new Vector(this.tape, taken, (self) => {
      index.forEach((i, k) => {
        this.grad[i] += self.grad[k];
      });
    });
  }

  #map(value: (a: number) => number, slope: (a: number) => number): Vector {
    const mapped = new Float64Array(this.value.length);
    for (let i = 0; i < mapped.length; i++) mapped[i] = value(this.value[i]);
    return new Vector(this.tape, mapped, (self) => {
      for (let i = 0; i < this.grad.length; i++) this.grad[i] += self.grad[i] * slope(this.value[i]);
    });
  }

  #combine(
    other: Vector,
    value: (a: number, b: number) => number,
    slopeA: (a: number, b: number) => number,
    slopeB: (a: number, b: number) => number,
  ): Vector {
    if (other.value.length !== this.value.length) throw new RangeError("vectors of different lengths");
    const combined = new Float64Array(this.value.length);
    for (let i = 0; i < combined.length; i++) combined[i] = value(this.value[i], other.value[i]);
    return new Vector(this.tape, combined, (self) => {
      for (let i = 0; i < self.grad.length; i++) {
        const [a, b] = [this.value[i], other.value[i]];
        this.grad[i] += self.grad[i] * slopeA(a, b);
        other.grad[i] += self.grad[i] * slopeB(a, b);
      }
    });
  }
}

/** Joins vectors end to end. */
export function concatenate(parts: readonly Vector[]): Vector {
  const value = Float64Array.from(parts.flatMap((part) => Array.from(part.value)));
  return new Vector(parts[0].tape, value, (self) => {
    let at = 0;
    for (const part of parts) {
      for (let i = 0; i < part.grad.length; i++) part.grad[i] += self.grad[at++];
    }
  });
}

/** Fills the gradients of everything `result` (length 1) depends on. */
export function propagate(result: Vector): void {
  result.grad[0] = 1;
  for (let index = result.tape.length - 1; index >= 0; index--) result.tape[index].backward?.();
}
