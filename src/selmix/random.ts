/**
 * The one source of random numbers: xoshiro128** (Blackman and Vigna, 2018), seeded by splitmix32.
 * Passed in wherever chance is needed, so that the same seed gives the same head.
 */
export class Random {
  readonly #state = new Uint32Array(4);

  /** `stream` separates independent uses of one seed (training, networks, controls). */
  constructor(seed: number, stream = 0) {
    let mixed = (seed ^ Math.imul(stream + 1, 0x9e3779b9)) >>> 0;
    for (let index = 0; index < 4; index++) {
      mixed = (mixed + 0x9e3779b9) >>> 0;
      let word = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
      word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
      this.#state[index] = word ^ (word >>> 16);
    }
  }

  /** Where the generator stands: four words, from which `at` goes on. */
  get state(): number[] {
    return [...this.#state];
  }

  /** A generator that goes on where another stood. */
  static at(state: readonly number[]): Random {
    const random = new Random(0);
    random.#state.set(state);
    return random;
  }

  /** A uniform 32-bit integer. */
  next(): number {
    const state = this.#state;
    const scrambled = Math.imul(state[1], 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
    const shifted = state[1] << 9;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = (state[3] << 11) | (state[3] >>> 21);
    return result;
  }

  /** A uniform number in [0, 1) with 53 bits. */
  uniform(): number {
    return ((this.next() >>> 5) * 67108864 + (this.next() >>> 6)) / 9007199254740992;
  }

  /** A uniform integer in [0, limit). */
  integer(limit: number): number {
    return Math.floor(this.uniform() * limit);
  }

  /** Puts numbers in a random order, where they stand (Fisher and Yates). Returns them. */
  shuffle<Numbers extends number[] | Int32Array>(numbers: Numbers): Numbers {
    for (let at = numbers.length - 1; at > 0; at--) {
      const other = this.integer(at + 1);
      [numbers[at], numbers[other]] = [numbers[other], numbers[at]];
    }
    return numbers;
  }
}
