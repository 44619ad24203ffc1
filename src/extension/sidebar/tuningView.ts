/** The Tuning panel's host half: sends the whole state whenever anything changes, and does what the page asks. */
import * as vscode from "vscode";
import { type Limit, readLimit, shortName } from "../../metrics/catalogue.ts";
import { objectiveKey } from "../../metrics/composed.ts";
import { objectiveChoices, objectiveSentence } from "../../metrics/objective.ts";
import type { ConstraintSetting } from "../../project/configuration.ts";
import type { ConstraintVerdict, VerdictStatus } from "../../protocol/records.ts";
import { type FromTuning, fromTuning, type ToTuning, type TuningState } from "../../protocol/tuning.ts";
import { constraintText, overallStatus, verdictsText, worstStatus } from "../../words/constraints.ts";
import { problemText } from "../../words/errors.ts";
import { capital, className, runCheckpoint } from "../../words/names.ts";
import { age } from "../../words/numbers.ts";
import { progressText, stateNames } from "../../words/runs.ts";
import { shownSet } from "../../words/sets.ts";
import { nextSteps } from "../../words/use.ts";
import { decisionAndWhy, toneOf } from "../../words/verdict.ts";
import type { App } from "../app.ts";
import { setAutoRetune } from "../autoRetune.ts";
import { commandIds } from "../ids.ts";
import { pageOf, webviewRoots } from "../panels/page.ts";
import type { OpenProject, Projects } from "../projects.ts";
import type { RunEntry } from "../runList.ts";
import { startTune } from "../startTune.ts";
import type { ActiveTune } from "../tuner.ts";

/** At most so many checkpoints stand in the list, newest first. */
const listedCheckpoints = 200;
const pauseMs = 50;

export class TuningView implements vscode.WebviewViewProvider, vscode.Disposable {
  readonly #app: App;
  readonly #disposables: vscode.Disposable[];
  #view: vscode.WebviewView | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** The checkpoint chosen by hand, by configuration; the newest where none is. */
  readonly #chosen = new Map<string, string>();

  constructor(app: App, viewId: string) {
    this.#app = app;
    const soon = () => this.#updateSoon();
    this.#disposables = [
      vscode.window.registerWebviewViewProvider(viewId, this),
      app.projects.onDidChange(soon),
      app.checkpoints.onDidChange(soon),
      app.runs.onDidChange(soon),
      app.tuner.onDidChange(soon),
      app.settings.onDidChange(soon),
      app.installs.onDidChange(soon),
      vscode.workspace.onDidGrantWorkspaceTrust(soon),
    ];
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    this.#view = view;
    view.webview.options = { enableScripts: true, localResourceRoots: webviewRoots(this.#app.extensionUri) };
    view.webview.onDidReceiveMessage((raw: unknown) => {
      const message = fromTuning.safeParse(raw);
      if (message.success) void this.#handle(message.data);
      else this.#app.log.warn("A message of the Tuning panel was not understood.");
    });
    view.onDidChangeVisibility(() => this.#updateSoon());
    view.onDidDispose(() => {
      this.#view = undefined;
    });
    view.webview.html = pageOf(view.webview, this.#app.extensionUri, "tuning");
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const disposable of this.#disposables) disposable.dispose();
  }

  #updateSoon(): void {
    if (this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#update();
    }, pauseMs);
  }

  #update(): void {
    const message: ToTuning = { type: "state", state: this.#state() };
    void this.#view?.webview.postMessage(message);
  }

  async #handle(message: FromTuning): Promise<void> {
    const { projects, panels, log } = this.#app;
    const { active } = projects;
    switch (message.type) {
      case "ready":
        this.#update();
        break;
      case "configuration":
        await projects.select(message.path);
        break;
      case "checkpoint":
        if (active && message.path !== null) this.#chosen.set(active.path, message.path);
        else if (active) this.#chosen.delete(active.path);
        this.#update();
        break;
      case "objective":
        if (active) await projects.edit(active, [{ path: ["objective"], value: message.objective }]);
        break;
      case "autoRetune":
        if (active) await setAutoRetune(this.#app, active, message.on);
        break;
      case "editConstraint":
        await vscode.commands.executeCommand(commandIds.editConstraint, message.index);
        break;
      case "removeConstraint":
        await vscode.commands.executeCommand(commandIds.removeConstraint, message.index);
        break;
      case "sweepConstraint":
        await vscode.commands.executeCommand(commandIds.sweepBound, message.index);
        break;
      case "tune":
        if (active?.project) await startTune(this.#app, active, this.#checkpoint(active));
        break;
      case "show":
        panels.show(message.panel, [message.runFolder]);
        break;
      case "run":
        await vscode.commands.executeCommand(commandIds[message.action], message.runFolder);
        break;
      case "command":
        await this.#command(message.command);
        break;
      case "error":
        log.error("The Tuning panel reports an error.", message.message);
        break;
    }
  }

  async #command(command: Extract<FromTuning, { type: "command" }>["command"]): Promise<void> {
    if (command === "openFolder") await vscode.commands.executeCommand("workbench.action.files.openFolder");
    else if (command === "manageTrust") await vscode.commands.executeCommand("workbench.trust.manage");
    else await vscode.commands.executeCommand(commandIds[command]);
  }

  /** The checkpoint that Tune would tune; null where there is none. */
  #checkpoint(project: OpenProject): string | null {
    const entries = this.#app.checkpoints.of(project.path);
    const chosen = this.#chosen.get(project.path);
    return (entries.find((entry) => entry.path === chosen) ?? entries[0])?.path ?? null;
  }

  #state(): TuningState {
    const { projects, checkpoints, tuner, retune, runs, settings, installs } = this.#app;
    const { active } = projects;
    const entries = active ? checkpoints.of(active.path) : [];
    const chosen = active ? this.#chosen.get(active.path) : undefined;
    const newestRun = active ? runs.of(active.path).find(({ run }) => run.state !== "running") : undefined;
    const tune = active ? tuner.of(active.path) : undefined;
    const waiting = active ? retune.waiting(active.path) : null;
    return {
      trusted: vscode.workspace.isTrusted,
      ofScores: active?.project?.configuration.checkpoints.length === 0,
      hasFolder: (vscode.workspace.workspaceFolders ?? []).length > 0,
      configurations: projects.all.map(({ path, name }) => ({ path, name })),
      configuration: active ? configurationState(active, newestRun) : null,
      objectives: objectiveChoices(active?.project?.configuration.objective).map((id) => ({
        id,
        sentence: objectiveSentence(id),
        name: shortName(id),
      })),
      checkpoints: entries.slice(0, listedCheckpoints).map((entry) => ({
        path: entry.path,
        name: projects.nameOf(entry.configuration, entry.path),
        detail: age(entry.modified, Date.now()),
      })),
      checkpoint: entries.some((entry) => entry.path === chosen) ? (chosen ?? null) : null,
      backend: {
        setting: settings.backend,
        last: newestRun?.result?.backend ?? null,
        install: installs.state,
      },
      progress: tune ? progressState(tune, projects) : null,
      waiting: active && waiting ? projects.nameOf(active.path, waiting) : null,
      baseline: active && !tune ? this.#baseline(active) : null,
      last: this.#last(active, newestRun),
    };
  }

  /** Measured only where the view is seen; a run of the same checkpoint tells more. */
  #baseline(active: OpenProject): TuningState["baseline"] {
    const { baselines, checkpoints, runs, retune } = this.#app;
    const file = this.#checkpoint(active);
    const entry = file === null ? undefined : checkpoints.find(file);
    if (!entry || this.#view?.visible !== true || retune.pending(active.path).length > 0) return null;
    const tuned = runs.of(active.path).some(({ run, result }) => result && run.checkpoint === file);
    const state = tuned ? null : baselines.of(active, entry);
    return state?.kind === "known" ? { kind: state.kind, baseline: state.baseline } : state;
  }

  /** The end of this session's last tune, which may have failed before it had a folder, else the newest run on disk. */
  #last(active: OpenProject | undefined, newest: RunEntry | undefined): TuningState["last"] {
    const end = active ? this.#app.tuner.last(active.path) : undefined;
    const newer = newest && Date.parse(newest.run.startedAt) > (end?.tune.startedAt ?? 0);
    if (end && end.outcome.kind === "failed" && !newer) {
      return {
        kind: "failed",
        checkpoint: this.#app.projects.nameOf(end.tune.configuration, end.tune.checkpoint ?? ""),
        text: end.outcome.message,
        why: "",
        detail: "",
        runFolder: end.tune.runFolder,
        actions: [],
      };
    }
    if (!newest) return null;
    return runState(newest, this.#app.runs.isInPlace(newest.folder));
  }
}

function runState({ run, result, folder }: RunEntry, inPlace: boolean): TuningState["last"] {
  const checkpoint = runCheckpoint(run);
  const when = age(Date.parse(run.endedAt ?? run.startedAt), Date.now());
  if (!result) {
    const cancelled = run.state === "cancelled";
    return {
      kind: cancelled ? "cancelled" : "failed",
      checkpoint,
      text: run.error ?? capital(stateNames[run.state]),
      why: "",
      detail: when,
      runFolder: folder,
      actions: [],
    };
  }
  const verdict = verdictsText(result.constraints);
  const { decision, why } = decisionAndWhy(result);
  return {
    kind: ({ good: "done", open: "unproven", bad: "unsatisfied" } as const)[toneOf(result)],
    checkpoint,
    text: decision,
    why,
    detail: [`on ${shownSet(result.before, result.after)}`, verdict, when]
      .filter((part) => part !== "")
      .join(", "),
    runFolder: folder,
    actions: vscode.workspace.isTrusted ? nextSteps(inPlace, result.verdict) : [],
  };
}

function configurationState(
  open: OpenProject,
  newest: RunEntry | undefined,
): NonNullable<TuningState["configuration"]> {
  const configuration = open.project?.configuration;
  return {
    path: open.path,
    error: problemText(open),
    objective: objectiveKey(configuration?.objective ?? "minRecall"),
    constraints: (configuration?.constraints ?? []).map((constraint) => ({
      text: constraintText(constraint),
      status: statusOf(constraint, configuration?.classes ?? [], newest?.result?.constraints ?? []),
    })),
    autoRetune: configuration?.autoRetune ?? false,
  };
}

function isOfLimit({ bound, relative }: ConstraintVerdict, limit: Limit | undefined): boolean {
  if (limit === undefined) return false;
  const its = readLimit(limit);
  return bound === its.bound && relative === its.relative;
}

/** How a constraint stood at the end of a run, on the worst of its sets; null when the run did not have it. */
function statusOf(
  constraint: ConstraintSetting,
  classes: readonly string[],
  verdicts: readonly ConstraintVerdict[],
): VerdictStatus | null {
  const meant = constraint.classes?.map((one) => (typeof one === "number" ? className(classes, one) : one));
  const same = verdicts.filter(
    (verdict) =>
      verdict.metric === constraint.metric &&
      isOfLimit(verdict, constraint[verdict.kind]) &&
      (meant === undefined || verdict.classes.every((name) => meant.includes(name))),
  );
  return worstStatus(same.map(overallStatus));
}

function progressState(tune: ActiveTune, projects: Projects): TuningState["progress"] {
  const { configuration, checkpoint, progress, stopping, runFolder } = tune;
  return {
    checkpoint: checkpoint ? projects.nameOf(configuration, checkpoint) : "the newest checkpoint",
    message: stopping ? "Stopping" : progress ? progressText(progress) : "Starting",
    step: progress?.step ?? 0,
    steps: progress?.steps ?? 0,
    stopping,
    runFolder,
  };
}
