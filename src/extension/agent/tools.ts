/** What agents may ask of SelMix in this window, and what they may do once a person agrees. Nothing leaves the machine by it. */
import path from "node:path";
import * as vscode from "vscode";
import * as z from "zod";
import { errorText } from "../../words/errors.ts";
import { verdictLine } from "../../words/verdict.ts";
import type { App } from "../app.ts";
import { toolIds } from "../ids.ts";
import type { RunEntry } from "../runList.ts";
import { toolConfirmation, toolText } from "../tell.ts";
import {
  checkpointMeant,
  compareAnswer,
  evaluateAnswer,
  explainAnswer,
  inspectAnswer,
  NotThere,
  runMeant,
} from "./answers.ts";

const ofCheckpoint = z.object({ checkpoint: z.string().optional() });
const ofRun = z.object({ run: z.string().optional() });
const ofRuns = z.object({ runs: z.array(z.string()).min(2).max(6) });

interface Tool<Input> {
  readonly input: z.ZodType<Input>;
  /** What a person is asked before; null where nothing is run or changed. */
  question(app: App, input: Input): { readonly title: string; readonly message: string } | null;
  answer(app: App, input: Input, token: vscode.CancellationToken): Promise<string>;
}

function checkpointOf({ projects, checkpoints }: App, { checkpoint }: z.infer<typeof ofCheckpoint>) {
  const project = projects.active;
  if (!project?.project) throw new NotThere(project?.error ?? "There is no selmix.json in this workspace.");
  const nameOf = (entry: { readonly path: string }) => projects.nameOf(project.path, entry.path);
  const entry = checkpointMeant(checkpoints.of(project.path), nameOf, checkpoint);
  return { project, path: entry.path, name: nameOf(entry) };
}

function runsOf({ projects, runs }: App): readonly RunEntry[] {
  return projects.active ? runs.of(projects.active.path) : runs.all;
}

function requireTrusted(): void {
  if (!vscode.workspace.isTrusted)
    throw new NotThere(
      "The workspace is not trusted, so that SelMix runs nothing in it; its user can trust it.",
    );
}

const inspect: Tool<z.infer<typeof ofCheckpoint>> = {
  input: ofCheckpoint,
  question: () => null,
  async answer(app, input) {
    const target = checkpointOf(app, input);
    const request = { checkpoint: target.path, configurationPath: target.project.path };
    const scope = app.projects.scope(target.project.path);
    return inspectAnswer(await app.engine.start({ kind: "inspect", ...request, ...scope }).result);
  },
};

const evaluate: Tool<z.infer<typeof ofCheckpoint>> = {
  input: ofCheckpoint,
  question: (app, input) => {
    const { name, project } = checkpointOf(app, input);
    const features = project.project?.configuration.features;
    const maker = features?.command ? "its feature command" : features?.network ? "its network" : null;
    return (
      maker && {
        title: "Make features, and evaluate",
        message: `Evaluate ${name}? ${path.basename(project.path)} has ${maker} run first, which writes the feature tables.`,
      }
    );
  },
  async answer(app, input, token) {
    requireTrusted();
    const target = checkpointOf(app, input);
    const request = { checkpoint: target.path, configurationPath: target.project.path };
    const scope = app.projects.scope(target.project.path);
    const job = app.engine.start({ kind: "evaluate", ...request, ...scope });
    token.onCancellationRequested(() => job.cancel());
    return evaluateAnswer(target.name, await job.result);
  },
};

const explain: Tool<z.infer<typeof ofRun>> = {
  input: ofRun,
  question: () => null,
  answer: async (app, { run }) => explainAnswer(runMeant(runsOf(app), run).folder),
};

const compare: Tool<z.infer<typeof ofRuns>> = {
  input: ofRuns,
  question: () => null,
  answer: async (app, { runs }) => compareAnswer(runs.map((run) => runMeant(runsOf(app), run).folder)),
};

const tune: Tool<z.infer<typeof ofCheckpoint>> = {
  input: ofCheckpoint,
  question: (app, input) => {
    const { name, project } = checkpointOf(app, input);
    return {
      title: "Tune a checkpoint",
      message: `Tune ${name} as ${path.basename(project.path)} says? A tuned copy is written beside it where the verdict is for it; the checkpoint stays as it is.`,
    };
  },
  async answer(app, input) {
    requireTrusted();
    const { project, path: checkpoint } = checkpointOf(app, input);
    const end = await app.tuner.tune(project, checkpoint, "user");
    if (end === null) throw new NotThere("Another checkpoint is being tuned; wait for its end.");
    if (end.outcome.kind === "cancelled") return "The tune was stopped; nothing was written.";
    if (end.outcome.kind === "failed") throw new NotThere(end.outcome.message);
    const { result } = end.outcome;
    return `${verdictLine(result)}\n\n${explainAnswer(result.runFolder)}`;
  },
};

const use: Tool<z.infer<typeof ofRun>> = {
  input: ofRun,
  question: (app, { run }) => {
    const entry = runMeant(runsOf(app), run);
    const verdict = entry.result === null ? "" : ` Its verdict: ${verdictLine(entry.result)}`;
    return {
      title: "Use the head of a run",
      message: `Put the head of ${path.basename(entry.folder)} into its place, whatever lies there from another run?${verdict}`,
    };
  },
  async answer(app, { run }) {
    requireTrusted();
    const { folder, configuration } = runMeant(runsOf(app), run);
    const scope = app.projects.scope(configuration);
    const used = await app.engine.start({ kind: "use", runFolder: folder, ...scope }).result;
    app.runs.refresh();
    return used.sentence;
  },
};

export class AgentTools implements vscode.Disposable {
  readonly #disposables: vscode.Disposable[] = [];

  constructor(app: App) {
    try {
      this.#disposables.push(
        register(app, toolIds.inspect, inspect),
        register(app, toolIds.evaluate, evaluate),
        register(app, toolIds.explain, explain),
        register(app, toolIds.compare, compare),
        register(app, toolIds.tune, tune),
        register(app, toolIds.use, use),
      );
    } catch (error) {
      // An editor made from VS Code may have no language models; all the rest works there.
      app.log.warn(`Agents have no tools of SelMix here: ${errorText(error)}`);
    }
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }
}

function register<Input>(app: App, id: string, { input, question, answer }: Tool<Input>): vscode.Disposable {
  return vscode.lm.registerTool<unknown>(id, {
    prepareInvocation({ input: raw }) {
      const asked = question(app, input.parse(raw));
      return asked && { confirmationMessages: toolConfirmation(asked.title, asked.message) };
    },
    async invoke({ input: raw }, token) {
      const asked = input.safeParse(raw);
      if (!asked.success)
        return toolText(`The input is not understood: ${asked.error.issues[0]?.message ?? ""}.`);
      try {
        return toolText(await answer(app, asked.data, token));
      } catch (error) {
        app.log.warn(`${id}: ${errorText(error)}`);
        return toolText(errorText(error));
      }
    },
  });
}
