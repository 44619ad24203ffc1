/** What was made of files and folders is kept for as long as they do not change. */
import { lookAt } from "./fresh.ts";

/** A folder that is replaced nothing of says by its time alone that it changed, and clocks of file systems tick this coarsely at worst. */
const coarsestTickMs = 2000;

/** Makes something of places on disk, again only where they have changed: by inode, time and size, a link not followed. */
export class Stamped<T> {
  readonly #make: (place: string) => T;
  readonly #fileOf: (place: string) => string;
  readonly #known = new Map<string, { readonly stamp: string; readonly made: T }>();

  /** @param fileOf the file that tells of a change of a place; the place itself unless it is said */
  constructor(make: (place: string) => T, fileOf: (place: string) => string = (place) => place) {
    this.#make = make;
    this.#fileOf = fileOf;
  }

  /** What is made of a place: the same value as the last time where nothing has changed. */
  of(place: string): T {
    const stats = lookAt(this.#fileOf(place));
    const stamp = stats ? `${stats.ino} ${stats.mtimeMs} ${stats.size}` : "";
    const known = this.#known.get(place);
    if (known?.stamp === stamp) return known.made;
    const made = this.#make(place);
    // One that changed just now may change again within the same tick.
    const isSettled = !stats?.isDirectory() || Math.abs(Date.now() - stats.mtimeMs) > coarsestTickMs;
    if (isSettled) this.#known.set(place, { stamp, made });
    else this.#known.delete(place);
    return made;
  }

  /** Forgets every other place. */
  keepOnly(places: Iterable<string>): void {
    const kept = new Set(places);
    for (const place of this.#known.keys()) if (!kept.has(place)) this.#known.delete(place);
  }
}
