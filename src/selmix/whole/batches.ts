/**
 * Batches that a whole network learns from: labelled images, half of them as they come and half from each class alike, each mixed
 * with a partner of the same batch that the policy would choose for its class; unlabelled ones as they come.
 */
import { asMatrix } from "../confusion/matrix.ts";
import { classCounts } from "../heads/logitAdjustment.ts";
import { MIXING_RANGE } from "../mixing/sampler.ts";
import { type Bucket, trainBuckets } from "../problem.ts";
import type { Random } from "../random.ts";
import { Draw, type Policy } from "../steering/policy.ts";
import { type Augmentation, augment } from "./augment.ts";
import { type SampleRows, sizeOfSample, type WholeProblem } from "./backbone.ts";
import { logFrequencies, type SoftLabels } from "./softLabels.ts";

/** Samples [b, ...shape], and what is asked of the logits M X H + L that come from their features X [b, d (+1)]. */
export interface WholeBatch {
  readonly shape: readonly number[];
  readonly samples: Float32Array;
  /** M [b,b]: what each row is mixed from; rows sum to 1. */
  readonly mixing: Float32Array;
  /** L [b,K]: logarithms of the frequencies with which classes are drawn from the set that each sample is from. */
  readonly priors: Float32Array;
  /** [b,K]: each row sums to the sample's weight in the loss. */
  readonly targets: Float32Array;
}

/** A set that batches are drawn from. */
interface Source {
  readonly samples: SampleRows;
  /** The class of each sample, or what it is taken for. */
  readonly classes: Int32Array;
  /** [N,K] where the classes are not certain. */
  readonly probabilities: Float32Array | null;
  readonly logPrior: Float32Array;
  /** Chooses a sample. */
  draw(random: Random): number;
}

interface Drawn {
  readonly source: Source;
  readonly row: number;
}

/** Keeps every sample from having no partner at all. */
const LEAST_WEIGHT = 1e-9;

export class WholeBatches {
  readonly #classes: number;
  readonly #sources: readonly Source[];
  readonly #augment: readonly Augmentation[];
  readonly #random: Random;
  readonly #size: number;

  /**
   * @param soft labels of the problem's unlabelled samples, where there are some
   * @param size labelled samples in a batch; as many unlabelled ones come on top
   */
  constructor(
    problem: WholeProblem,
    soft: SoftLabels | null,
    changes: readonly Augmentation[],
    random: Random,
    size: number,
  ) {
    this.#classes = problem.classes;
    this.#sources = [labelled(problem), ...unlabeled(problem, soft)];
    this.#augment = changes;
    this.#random = random;
    this.#size = size;
  }

  /** @param pairs [K,K] how much a class (row) wants each other one as partner */
  async next(pairs: Float64Array): Promise<WholeBatch> {
    const drawn = this.#sources.flatMap((source) => this.#draw(source));
    const [{ source }] = drawn;
    const mixing = this.#mixing(drawn, pairs);
    const samples = await this.#read(drawn);
    return { shape: source.samples.shape, samples, mixing, ...this.#wanted(drawn) };
  }

  #draw(source: Source): Drawn[] {
    return Array.from({ length: this.#size }, () => ({ source, row: source.draw(this.#random) }));
  }

  /** Labelled samples are mixed with any of the batch; the others stay as they are. */
  #mixing(drawn: readonly Drawn[], pairs: Float64Array): Float32Array {
    const [low, high] = MIXING_RANGE;
    const classes = drawn.map(({ source, row }) => source.classes[row]);
    const mixing = new Float32Array(drawn.length ** 2);
    for (const [at, { source }] of drawn.entries()) {
      const own = at * drawn.length;
      mixing[own + at] = 1;
      if (source.probabilities !== null) continue;
      const wanted = classes.map((other) => pairs[classes[at] * this.#classes + other] + LEAST_WEIGHT);
      const partner = new Draw(wanted).next(this.#random);
      const beta = low + (high - low) * this.#random.uniform();
      mixing[own + at] = beta;
      mixing[own + partner] += 1 - beta;
    }
    return mixing;
  }

  async #read(drawn: readonly Drawn[]): Promise<Float32Array> {
    const [{ samples }] = this.#sources;
    const size = sizeOfSample(samples);
    const values = new Float32Array(drawn.length * size);
    for (const [at, { source, row }] of drawn.entries()) await source.samples.read(row, values, at * size);
    if (this.#augment.length > 0) augment(values, samples.shape, this.#augment, this.#random);
    return values;
  }

  #wanted(drawn: readonly Drawn[]): Pick<WholeBatch, "priors" | "targets"> {
    const classes = this.#classes;
    const priors = new Float32Array(drawn.length * classes);
    const targets = new Float32Array(drawn.length * classes);
    for (const [at, { source, row }] of drawn.entries()) {
      priors.set(source.logPrior, at * classes);
      const { probabilities } = source;
      if (probabilities === null) targets[at * classes + source.classes[row]] = 1 / this.#size;
      else
        for (let k = 0; k < classes; k++) {
          targets[at * classes + k] = probabilities[row * classes + k] / this.#size;
        }
    }
    return { priors, targets };
  }
}

function labelled(problem: WholeProblem): Source {
  const { samples, train } = problem;
  const buckets = trainBuckets(problem);
  const counts = classCounts(problem);
  const wanted = halfBalanced(counts, train.rows.count);
  const classes = train.buckets.map((bucket) => buckets[bucket].label);
  const draw = new Draw(Float64Array.from(classes, (k) => wanted[k] / counts[k]));
  return {
    samples: samples.train,
    classes,
    probabilities: null,
    logPrior: logFrequencies(wanted, train.rows.count),
    draw: (random) => draw.next(random),
  };
}

/** Of `count` samples, how many of each class are drawn when half come as they are and half from each class alike. */
function halfBalanced(counts: ArrayLike<number>, count: number): Float64Array {
  const share = count / Array.from(counts).filter((each) => each > 0).length;
  return Float64Array.from(counts, (each) => (each > 0 ? (each + share) / 2 : 0));
}

function unlabeled({ samples }: WholeProblem, soft: SoftLabels | null): Source[] {
  const set = samples.unlabeled;
  if (set === undefined || soft === null) return [];
  const { likeliest, probabilities, logPrior } = soft;
  const draw = (random: Random) => random.integer(set.count);
  return [{ samples: set, classes: likeliest, probabilities, logPrior, draw }];
}

/** A policy over pairs of buckets, summed to pairs of their classes [K,K]. */
export function pairsOfClasses(
  { probabilities, anyPartner }: Policy,
  buckets: readonly Bucket[],
  classes: number,
): Float64Array {
  const pairs = new Float64Array(classes * classes);
  const { layout, values } = asMatrix(probabilities, buckets.length, buckets.length);
  for (const [first, { label }] of buckets.entries()) {
    const [start, end] = [layout.start(first), layout.start(first + 1)];
    for (let at = start; at < end; at++)
      pairs[label * classes + buckets[layout.column(at, start)].label] += values[at];
  }
  if (anyPartner !== null) addToAll(pairs, anyPartner, buckets, classes);
  return pairs;
}

/** Adds what each bucket has with any partner. */
function addToAll(
  pairs: Float64Array,
  shares: Float64Array,
  buckets: readonly Bucket[],
  classes: number,
): void {
  for (const [first, { label }] of buckets.entries())
    for (const second of buckets) pairs[label * classes + second.label] += shares[first] / buckets.length;
}
