/**
 * Which of the checkpoints that appear are saves to be tuned: those whose content no run has tuned. Present when nobody had watched
 * here before means seen; present, but not dealt with when somebody watched last, means saved since. Of several such saves the
 * newest counts, as of several that come together; one whose tune was cut off is taken up again, however many came after it.
 */
import { FileError } from "../files/ranges.ts";
import { newestFirst } from "../project/checkpointFiles.ts";
import { type Content, readContent } from "./content.ts";
import type { FileLook } from "./look.ts";
import type { Remembered, WatchMemory } from "./memory.ts";
import type { WatchEvent } from "./watcher.ts";

/** A checkpoint that is to be tuned. `modified` is in milliseconds since the epoch. */
export interface Save {
  readonly path: string;
  readonly modified: number;
  readonly content: Content;
}

/** `new`: saved now, or the last one saved since somebody watched. `left`: its tune was cut off, or had not begun. */
export type SaveKind = "new" | "left";

export interface SavesOptions {
  readonly memory: WatchMemory;
  readonly present: () => ReadonlyMap<string, FileLook>;
  /** Whether a run has tuned this content (`contentHash`) to its end. */
  readonly isTuned: (hash: string) => boolean;
  /** What waits for its tune, and what is at it. */
  readonly pending: () => readonly Save[];
  /** Whether a newer one waits already, so that this one need not even be read. */
  readonly isPassedOver: (checkpoint: { readonly path: string; readonly modified: number }) => boolean;
  readonly onSave: (save: Save, kind: SaveKind) => void;
  /** Something that the user should know, in a sentence. */
  readonly onNote: (sentence: string) => void;
}

const writeAfterMs = 100;

export class Saves {
  readonly #options: SavesOptions;
  /** Complete, and not known yet whether to be tuned. */
  readonly #undecided = new Map<string, SaveKind>();
  readonly #closing = new AbortController();
  #begun = false;
  #remembered: Remembered | null = null;
  #deciding: Promise<void> | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SavesOptions) {
    this.#options = options;
  }

  /** Compares what has been found so far with what was dealt with. Call once. */
  async begin(): Promise<void> {
    this.#remembered = await this.#options.memory.read();
    if (this.#closing.signal.aborted) return;
    this.#begun = true;
    this.#take(this.#missed([...this.#options.present().keys()]));
    this.changed();
    this.#decide();
  }

  receive(event: WatchEvent): void {
    if (event.kind === "new" || event.kind === "changed") this.#undecided.set(event.checkpoint.path, "new");
    // Written just before: it took its time to be found.
    if (event.kind === "found" && this.#begun) this.#take(this.#missed([event.checkpoint.path]));
    if (event.kind === "renamed") this.#rename(event.from, event.checkpoint.path);
    if (!this.#begun) return;
    this.changed();
    this.#decide();
  }

  /** What is pending has changed: it is written down soon. */
  changed(): void {
    if (this.#timer || !this.#begun) return;
    this.#timer = setTimeout(() => this.#write(), writeAfterMs);
  }

  /** Writes down what is pending as it is now: it will be taken up again. */
  async close(): Promise<void> {
    this.#closing.abort();
    if (this.#begun) this.#write();
    this.#begun = false;
    await this.#deciding;
  }

  /** Those that were not there, or not so, when somebody watched last; none where nobody had. */
  #missed(files: readonly string[]): string[] {
    const { known } = this.#remembered ?? {};
    if (!known) return [];
    const present = this.#options.present();
    // A name that is gone may be another one now.
    const moved = new Set([...known].flatMap(([file, written]) => (present.has(file) ? [] : [written])));
    return files.filter((file) => {
      const written = present.get(file)?.written;
      return written !== undefined && known.get(file) !== written && !moved.has(written);
    });
  }

  #take(missed: readonly string[]): void {
    const pending = (file: string) => this.#remembered?.pending.has(file) ?? false;
    for (const file of missed.filter(pending)) this.#undecided.set(file, "left");
    const since = missed.filter((file) => !pending(file));
    const newest = newestOf(since, this.#options.present());
    if (newest === null) return;
    this.#undecided.set(newest, "new");
    if (since.length > 1) {
      this.#options.onNote(
        `${since.length} checkpoints were saved while nobody watched; the newest of them is tuned, others when you name them.`,
      );
    }
  }

  /** Decides about one after another, the newest first. */
  #decide(): void {
    this.#deciding ??= this.#decideAll().finally(() => {
      this.#deciding = null;
    });
  }

  async #decideAll(): Promise<void> {
    for (let next = this.#next(); next !== null; next = this.#next()) {
      const { path, look, kind } = next;
      const skipped = kind === "new" && this.#options.isPassedOver({ path, modified: look.modified });
      const content = skipped ? null : await this.#contentOf(path, look);
      if (this.#closing.signal.aborted) return;
      // Complete once more meanwhile: that is to be decided, and not what was read.
      if (this.#options.present().get(path) !== look) continue;
      this.#undecided.delete(path);
      if (content) this.#offer({ path, modified: look.modified, content }, kind);
      this.changed();
    }
  }

  /** The newest of those that are still there. */
  #next(): { path: string; look: FileLook; kind: SaveKind } | null {
    const present = this.#options.present();
    for (const path of [...this.#undecided.keys()]) if (!present.has(path)) this.#undecided.delete(path);
    const path = newestOf([...this.#undecided.keys()], present);
    const look = path === null ? undefined : present.get(path);
    const kind = path === null ? undefined : this.#undecided.get(path);
    return path === null || !look || !kind ? null : { path, look, kind };
  }

  #rename(from: string, to: string): void {
    const kind = this.#undecided.get(from);
    if (kind === undefined) return;
    this.#undecided.delete(from);
    this.#undecided.set(to, kind);
  }

  #offer(save: Save, kind: SaveKind): void {
    const { isTuned, pending, onSave } = this.#options;
    const { hash } = save.content;
    if (!isTuned(hash) && !pending().some(({ content }) => content.hash === hash)) onSave(save, kind);
  }

  async #contentOf(file: string, look: FileLook): Promise<Content | null> {
    try {
      const content = await readContent(file, { signal: this.#closing.signal });
      return content.state === look.state ? content : null;
    } catch (error) {
      if (this.#closing.signal.aborted) return null;
      if (!(error instanceof FileError)) throw error;
      this.#options.onNote(error.message);
      return null;
    }
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const pending = new Set(this.#undecided.keys());
    for (const { path } of this.#options.pending()) pending.add(path);
    const known = [...this.#options.present()].filter(([file]) => !pending.has(file));
    try {
      this.#options.memory.write({
        known: new Map(known.map(([file, { written }]) => [file, written])),
        pending,
      });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#options.onNote(`What was seen cannot be written down (${reason}); make room, or allow writing.`);
    }
  }
}

function newestOf(files: readonly string[], present: ReadonlyMap<string, FileLook>): string | null {
  const dated = files.map((path) => ({ path, modified: present.get(path)?.modified ?? 0 }));
  return dated.sort(newestFirst)[0]?.path ?? null;
}
