/** Which files belong to which checkpoint: a shard that is written again is a save of the checkpoint whose index names it. */
export class Parts {
  readonly #owners = new Map<string, Set<string>>();
  readonly #parts = new Map<string, readonly string[]>();

  /** The checkpoints that a file belongs to, beside itself. */
  owners(file: string): readonly string[] {
    const owners = this.#owners.get(file);
    return owners ? [...owners] : [];
  }

  /** What belongs to a checkpoint from now on. Returns the files that belonged to none before. */
  set(checkpoint: string, parts: readonly string[]): string[] {
    const before = this.#parts.get(checkpoint) ?? [];
    for (const part of before) if (!parts.includes(part)) this.#remove(part, checkpoint);
    if (parts.length === 0) this.#parts.delete(checkpoint);
    else this.#parts.set(checkpoint, parts);
    return parts.filter((part) => this.#add(part, checkpoint));
  }

  /** Whether the file belonged to none. */
  #add(part: string, checkpoint: string): boolean {
    const owners = this.#owners.get(part);
    if (owners) owners.add(checkpoint);
    else this.#owners.set(part, new Set([checkpoint]));
    return !owners;
  }

  #remove(part: string, checkpoint: string): void {
    const owners = this.#owners.get(part);
    owners?.delete(checkpoint);
    if (owners?.size === 0) this.#owners.delete(part);
  }
}
