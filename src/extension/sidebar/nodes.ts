/** What stands in the trees, and what their menus pass to commands. */
import type { CheckpointEntry } from "../checkpointList.ts";
import type { OpenProject } from "../projects.ts";
import type { RunEntry } from "../runList.ts";

/** A configuration, shown only where there are several. */
export class ProjectNode {
  readonly project: OpenProject;

  constructor(project: OpenProject) {
    this.project = project;
  }
}

/** What keeps a configuration from being used, in the place of its checkpoints. */
export class ProblemNode {
  readonly project: OpenProject;

  constructor(project: OpenProject) {
    this.project = project;
  }
}

export class CheckpointNode {
  readonly entry: CheckpointEntry;

  constructor(entry: CheckpointEntry) {
    this.entry = entry;
  }
}

export class RunNode {
  readonly entry: RunEntry;

  constructor(entry: RunEntry) {
    this.entry = entry;
  }
}
