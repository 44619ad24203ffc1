/** Packages of the Python and Node registries that carry model files, and what `selmix inspect` is to say of each file. */

/**
 * Of a file: the weight of its head, or words of the reason why it has none that can be tuned. Judged by hand, from the code of the
 * package or the graph of the file.
 */
export interface Expected {
  /** The end of the file's path. */
  readonly file: string;
  readonly head?: string;
  readonly reason?: RegExp;
}

export interface Package {
  readonly registry: "pypi" | "npm";
  readonly name: string;
  readonly version: string;
  readonly files: readonly Expected[];
}

export const packages: readonly Package[] = [];
