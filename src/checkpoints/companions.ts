/** The files beside a model that hold its tensors: external data of ONNX, shards of TF.js. */
import { realpath } from "node:fs/promises";
import path from "node:path";
import { isInside } from "../files/place.ts";
import { FileError, openSource, type SourceFile } from "../files/ranges.ts";
import { CheckpointError } from "./checkpoint.ts";

export class Companions {
  readonly #model: string;
  readonly #open = new Map<string, SourceFile>();

  constructor(model: string) {
    this.#model = model;
  }

  /** Opens the file that the model calls `location`, once. Throws `CheckpointError` when it is outside of the model's folder, links followed. */
  async file(location: string): Promise<SourceFile> {
    const known = this.#open.get(location);
    if (known) return known;
    const file = companionPath(this.#model, location);
    if (!(await this.#isReallyInside(path.dirname(this.#model), file))) throw outside(this.#model, location);
    const source = await openSource(file);
    this.#open.set(location, source);
    return source;
  }

  async assertUnchanged(): Promise<void> {
    for (const file of this.#open.values()) await file.assertUnchanged();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map((file) => file.close()));
  }

  async #isReallyInside(folder: string, file: string): Promise<boolean> {
    try {
      return isInside(await realpath(folder), await realpath(file));
    } catch {
      throw new FileError(
        `${this.#model} keeps tensors in ${file}, which is not there; save or copy both files.`,
      );
    }
  }
}

/** Where the file lies that a model calls `location`. Throws `CheckpointError` when that is outside of the model's folder. */
export function companionPath(model: string, location: string): string {
  const folder = path.dirname(model);
  const file = path.resolve(folder, location);
  if (file === folder || !isInside(folder, file)) throw outside(model, location);
  return file;
}

function outside(model: string, location: string): CheckpointError {
  return new CheckpointError(
    `${model} keeps tensors in ${location}, which is outside of its folder; save the model with its data beside it.`,
  );
}
