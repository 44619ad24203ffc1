/** Predictions are remembered by rows and head: a checkpoint is doubted, measured and compared with on the same rows. */
import type { FeatureRows, Head } from "../problem.ts";
import type { Compute, FeatureSet } from "./evaluator.ts";
import { winnersIn } from "./winners.ts";

/** By the numbers of a head: its weight, then its bias. */
type OfHeads = WeakMap<Float32Array, Map<Float32Array | null, Int32Array>>;

/** What a backend brings, which predicts for no rows twice with the same head. Predictions are everyone's who asks: to be read only. */
export function remembering(compute: Compute): Compute {
  const known = new WeakMap<FeatureRows, OfHeads>();
  const ofRows = (rows: FeatureRows) => {
    const found = known.get(rows) ?? new WeakMap();
    known.set(rows, found);
    return found;
  };
  return {
    ...compute,
    features: (rows, head) => new RememberedSet(() => compute.features(rows, head), rows, ofRows(rows)),
  };
}

class RememberedSet implements FeatureSet {
  readonly rows: FeatureRows;
  readonly #make: () => FeatureSet;
  readonly #known: OfHeads;
  #made: FeatureSet | null = null;

  constructor(make: () => FeatureSet, rows: FeatureRows, known: OfHeads) {
    this.#make = make;
    this.rows = rows;
    this.#known = known;
  }

  async predict(heads: readonly Head[]): Promise<Int32Array[]> {
    const unknown = heads.filter((head) => this.#of(head) === undefined);
    const found = unknown.length === 0 ? [] : await this.#set.predict(unknown);
    unknown.forEach((head, at) => {
      this.#keep(head, found[at]);
    });
    return heads.map((head) => this.#of(head) ?? found[unknown.indexOf(head)]);
  }

  /** Whoever looks at all logits has seen who wins. */
  async logits(head: Head, use: (logits: ArrayLike<number>, start: number) => void): Promise<void> {
    if (this.#of(head) !== undefined) return this.#set.logits(head, use);
    const winners = new Int32Array(this.rows.count);
    await this.#set.logits(head, (logits, start) => {
      winners.set(winnersIn(logits, head.classes), start);
      use(logits, start);
    });
    this.#keep(head, winners);
    return undefined;
  }

  rivals(...asked: Parameters<FeatureSet["rivals"]>): Promise<void> {
    return this.#set.rivals(...asked);
  }

  dispose(): void {
    this.#made?.dispose();
    this.#made = null;
  }

  get #set(): FeatureSet {
    this.#made ??= this.#make();
    return this.#made;
  }

  #of({ weight, bias }: Head): Int32Array | undefined {
    return this.#known.get(weight)?.get(bias);
  }

  #keep({ weight, bias }: Head, predictions: Int32Array): void {
    const ofWeight = this.#known.get(weight) ?? new Map();
    ofWeight.set(bias, predictions);
    this.#known.set(weight, ofWeight);
  }
}
