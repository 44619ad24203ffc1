/** Makes the parts and connects them. Loaded after activation has returned, so that opening a window costs next to nothing. */
import path from "node:path";
import * as vscode from "vscode";
import { isTunedBy } from "../project/tuned.ts";
import { RetuneQueue } from "../watching/retune.ts";
import { keepsHead } from "../words/use.ts";
import { toneOf, verdictLine } from "../words/verdict.ts";
import { AgentTools } from "./agent/tools.ts";
import type { App } from "./app.ts";
import { Baselines } from "./baselines.ts";
import { CheckpointList } from "./checkpointList.ts";
import { Contexts } from "./contexts.ts";
import { Diagnostics } from "./diagnostics.ts";
import { EngineProcess } from "./engineProcess.ts";
import { Grids } from "./grids.ts";
import { commandIds, settingIds, viewIds } from "./ids.ts";
import { Installs } from "./installs.ts";
import type { Log } from "./log.ts";
import { CheckpointEditor } from "./panels/checkpointEditor.ts";
import { Panels } from "./panels/panels.ts";
import { Projects } from "./projects.ts";
import { RunList } from "./runList.ts";
import { Settings } from "./settings.ts";
import { CheckpointsTree } from "./sidebar/checkpointsTree.ts";
import { RunsTree } from "./sidebar/runsTree.ts";
import { TuningView } from "./sidebar/tuningView.ts";
import { StatusBar } from "./statusBar.ts";
import { Sweeper } from "./sweeper.ts";
import { fail, inform, warn } from "./tell.ts";
import { type ActiveTune, type TuneEnd, Tuner } from "./tuner.ts";

/** An engine without work leaves after this long, and comes back with the next job. */
const engineIdleMs = 5 * 60_000;

export interface StartedApp extends App {
  /** Ends the engine with everything it started, and every watcher. */
  close(): Promise<void>;
}

export async function startApp(context: vscode.ExtensionContext, log: Log): Promise<StartedApp> {
  const { extensionUri } = context;
  const settings = new Settings();
  const projects = new Projects(settings, context.workspaceState);
  /** The message of the last crash, which is told once and not again for each job that failed of it. */
  let crash = "";
  const engine = new EngineProcess({
    enginePath: path.join(extensionUri.fsPath, "dist", "engine.mjs"),
    idleMs: engineIdleMs,
    onOutput: (line) => log.debug(line),
    onCrash: (message) => {
      crash = message;
      log.error(message);
      void offerLog(message);
    },
  });
  const installs = new Installs(engine, log);
  await projects.refresh();
  const runs = new RunList(projects, log);
  const tuner = new Tuner(engine, projects, settings, log);
  const retune: RetuneQueue = new RetuneQueue({
    isBusy: (configuration) => tuner.of(configuration) !== undefined,
    start: (configuration, { path: checkpoint, content }) => {
      const project = projects.find(configuration);
      if (project?.project) void tuner.tune(project, checkpoint, "save", { content });
    },
    onChange: () => {
      checkpoints.pendingChanged();
      tuner.touch();
    },
  });
  const checkpoints: CheckpointList = new CheckpointList({
    projects,
    settings,
    log,
    savesOf: (configuration) => ({
      isTuned: (hash) =>
        isTunedBy(
          runs.of(configuration).map(({ run }) => run),
          hash,
        ),
      pending: () => retune.pending(configuration),
      isPassedOver: (checkpoint) => retune.isPassedOver(configuration, checkpoint),
      onSave: (save, kind) => {
        log.debug(`${save.path} ${kind === "left" ? "was not tuned to its end" : "was saved"}.`);
        retune.saved(configuration, save, kind);
      },
    }),
    onRenamed: (from, to) => retune.rename(from, to),
    onDeleted: (file) => retune.forgetCheckpoint(file),
  });
  const baselines = new Baselines({ engine, projects, log, onMeasured: () => checkpoints.touch() });
  const sweeper = new Sweeper(engine, projects, settings, log);
  const grids = new Grids(engine, projects, settings, log);
  const panels = new Panels({
    ...{ extensionUri, log, runs, tuner, projects, sweeper, memory: context.workspaceState },
    onResultShown: () => contexts.resultSeen(),
  });
  const app: App = {
    extensionUri,
    log,
    settings,
    projects,
    engine,
    installs,
    checkpoints,
    baselines,
    runs,
    tuner,
    sweeper,
    grids,
    retune,
    panels,
  };
  const contexts: Contexts = new Contexts(app);
  const disposables: vscode.Disposable[] = [
    new Diagnostics(projects),
    contexts,
    installs,
    new StatusBar(app),
    new TuningView(app, viewIds.tuning),
    new CheckpointsTree(app, viewIds.checkpoints),
    new RunsTree(app, viewIds.runs),
    panels,
    new CheckpointEditor(app),
    new AgentTools(app),
    projects.onDidChange(() => forgetUnwanted(app)),
    tuner.onDidEnd((end) => {
      runs.refresh();
      retune.finished(end.tune.configuration);
      checkpoints.pendingChanged();
      if (end.outcome.kind !== "failed" || end.outcome.message !== crash) void notify(app, end);
    }),
    tuner.onDidBegin(() => runs.refresh()),
    // First: what waits for its tune is written down before it is forgotten.
    checkpoints,
    baselines,
    retune,
    runs,
    sweeper,
    grids,
    tuner,
    projects,
  ];
  contexts.update();
  if (context.extensionMode === vscode.ExtensionMode.Development) showOwnView();
  return {
    ...app,
    async close() {
      for (const disposable of disposables) disposable.dispose();
      await engine.stop();
    },
  };
}

/** Who opens a window to try the extension (`npm run code`, F5) sees it at once. */
function showOwnView(): void {
  void vscode.commands.executeCommand(`${viewIds.tuning}.focus`);
}

/** What waits for a configuration that is gone, broken, or no longer tunes on save does not wait any more. */
function forgetUnwanted({ projects, retune }: App): void {
  for (const { path: configuration, project } of projects.all) {
    if (!project?.configuration.autoRetune) retune.forget(configuration);
  }
}

/** One quiet notification at the end of a tune, which can be turned off for good. */
async function notify(app: App, { tune, outcome }: TuneEnd): Promise<void> {
  const { projects, settings, panels, log } = app;
  if (outcome.kind === "cancelled") return;
  if (outcome.kind === "failed") {
    // A failed retune shows in the status bar and the sidebar; only who asked is told at once, or who can make features follow.
    if (outcome.remedy === "exportFeatures") await offerExport(tune, outcome.message);
    else if (tune.trigger !== "user") return;
    else if (outcome.remedy === "replace") await offerToReplace(app, tune, outcome.message);
    else await offerLog(outcome.message);
    return;
  }
  if (!settings.notifyWhenTuned) return;
  const { result } = outcome;
  const message = `${projects.nameOf(tune.configuration, result.checkpoint ?? tune.checkpoint ?? "")}: ${verdictLine(result)}`;
  const show = "Show Recall";
  const never = "Don't Show Again";
  const say = toneOf(result) === "good" ? inform : warn;
  const { output, verdict, runFolder } = result;
  const [anyway, snippet, discard] = ["Use It Anyway…", "Copy Snippet", "Discard"];
  const offered = output !== null ? [snippet, discard] : verdict && keepsHead(verdict) ? [anyway] : [];
  const answer = await say(message, show, ...offered, never);
  if (answer === anyway) await vscode.commands.executeCommand(commandIds.useRun, runFolder);
  if (answer === snippet) await vscode.commands.executeCommand(commandIds.copyLoadingSnippet, runFolder);
  if (answer === discard) await vscode.commands.executeCommand(commandIds.discardRun, runFolder);
  if (answer === show) panels.show("recall", [runFolder]);
  if (answer === never) {
    await settings.write(settingIds.notifyWhenTuned, false);
    log.info("Notifications at the end of a tune are off; the setting selmix.notifyWhenTuned turns them on.");
  }
}

/** Configurations whose users were told once that features are another checkpoint's. */
const toldOfExport = new Set<string>();

async function offerExport({ configuration, checkpoint }: ActiveTune, message: string): Promise<void> {
  if (toldOfExport.has(configuration)) return;
  toldOfExport.add(configuration);
  const insert = "Insert Export Script";
  const answer = await warn(message, insert);
  if (answer === insert) await vscode.commands.executeCommand(commandIds.insertExportScript, checkpoint);
}

/** A file in the way may be the user's: it is theirs to say. */
async function offerToReplace(
  { projects, tuner }: App,
  { configuration, checkpoint }: ActiveTune,
  message: string,
): Promise<void> {
  const replace = "Replace It";
  const answer = await fail(message, replace);
  const project = projects.find(configuration);
  if (answer === replace && project?.project) {
    await tuner.tune(project, checkpoint, "user", { replace: true });
  }
}

async function offerLog(message: string): Promise<void> {
  const show = "Show Log";
  const answer = await fail(message, show);
  if (answer === show) await vscode.commands.executeCommand(commandIds.showLog);
}
