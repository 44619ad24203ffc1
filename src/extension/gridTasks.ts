/** The tunes of every configuration's grids, looked at again and again while somebody sees them. */
import * as vscode from "vscode";
import { ListedTasks } from "../project/listedTasks.ts";
import type { ListedTask } from "../words/runRows.ts";
import type { Projects } from "./projects.ts";

/** Workers on other machines change files without a word to this one. */
const lookEveryMs = 2000;

export class GridTasks implements vscode.Disposable {
  readonly #projects: Projects;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #timer: NodeJS.Timeout;
  readonly #tasks = new ListedTasks();
  #seen: readonly ListedTask[] = [];

  readonly onDidChange = this.#changed.event;

  /** @param isSeen whether anybody looks at them now */
  constructor(projects: Projects, isSeen: () => boolean) {
    this.#projects = projects;
    this.#timer = setInterval(() => {
      if (isSeen()) this.look();
    }, lookEveryMs);
  }

  /** Those of each configuration. */
  read(): { readonly configuration: string; readonly tasks: readonly ListedTask[] }[] {
    const projects = this.#projects.all.map(({ path }) => ({ path, reach: this.#projects.reach(path) }));
    const listed = this.#tasks.of(projects);
    this.#seen = listed.flat();
    return projects.map(({ path: configuration }, at) => ({ configuration, tasks: listed[at] ?? [] }));
  }

  /** Looks whether anything has changed, and says so. */
  look(): void {
    const before = this.#seen;
    this.read();
    const isSame =
      this.#seen.length === before.length && this.#seen.every((task, at) => Object.is(task, before[at]));
    if (!isSame) this.#changed.fire();
  }

  dispose(): void {
    clearInterval(this.#timer);
    this.#changed.dispose();
  }
}
