/** A tune that a person asked for. */
import type { App } from "./app.ts";
import type { OpenProject } from "./projects.ts";
import { inform } from "./tell.ts";
import { requireTrust } from "./trust.ts";

/** Starts it, or says why it cannot start now. Resolves when the tune has ended. */
export async function startTune(app: App, project: OpenProject, checkpoint: string | null): Promise<void> {
  if (!(await requireTrust("SelMix runs nothing in a workspace that is not trusted."))) return;
  const active = app.tuner.of(project.path);
  if (active) {
    const name = active.checkpoint ? app.projects.nameOf(project.path, active.checkpoint) : "A checkpoint";
    void inform(`${name} is being tuned; wait for its end, or stop it.`);
    return;
  }
  if (checkpoint) app.retune.forgetCheckpoint(checkpoint);
  await app.tuner.tune(project, checkpoint, "user");
}
