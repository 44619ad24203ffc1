/** Adam in plain arrays (Kingma and Ba, 2015), upwards, with averages of squares that forget within a hundred steps. */
const [MEAN_KEPT, SQUARE_KEPT] = [0.9, 0.99];
const EPSILON = 1e-8;

export class Adam {
  readonly parameters: Float64Array;
  readonly #mean: Float64Array;
  readonly #square: Float64Array;
  #steps = 0;

  constructor(parameters: Float64Array) {
    this.parameters = parameters;
    this.#mean = new Float64Array(parameters.length);
    this.#square = new Float64Array(parameters.length);
  }

  /** One step up the gradient, element by element. */
  step(gradient: Float64Array, rate: number): void {
    this.#steps++;
    const [first, second] = [1 - MEAN_KEPT ** this.#steps, 1 - SQUARE_KEPT ** this.#steps];
    gradient.forEach((slope, at) => {
      this.#mean[at] = MEAN_KEPT * this.#mean[at] + (1 - MEAN_KEPT) * slope;
      this.#square[at] = SQUARE_KEPT * this.#square[at] + (1 - SQUARE_KEPT) * slope ** 2;
      this.parameters[at] +=
        (rate * (this.#mean[at] / first)) / (Math.sqrt(this.#square[at] / second) + EPSILON);
    });
  }
}
