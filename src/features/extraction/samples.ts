/** What a network is run on. */

/** Samples as they are stored, before any preprocessing. */
export interface Samples {
  readonly path: string;
  readonly count: number;
  /** Of one sample. Images in a folder take the shape that is asked for: [height, width, 3]. */
  readonly shape: readonly number[];
  readonly labels: Int32Array | null;
  readonly groups: Int32Array | null;
  /** What values are multiplied by unless the user says otherwise. */
  readonly scale: number;
  /** Reads samples [start, start + count) one after the other. */
  read(start: number, count: number): Promise<Float32Array>;
  close(): Promise<void>;
}

export interface SamplesOptions {
  /** Height and width of images in a folder. */
  readonly size: readonly [number, number] | null;
  /** Class names in label order: folders are then classes by name, else in alphabetical order. */
  readonly classes: readonly string[] | null;
}
