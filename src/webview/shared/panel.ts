/** What every panel of one run has in common: head, honest empty states, messages in, choices kept through reloads. */
import { metricName } from "../../metrics/catalogue.ts";
import type { RunSnapshot } from "../../protocol/packedSnapshot.ts";
import type { FromPanel, ShownPoint } from "../../protocol/panels.ts";
import { capital, runCheckpoint } from "../../words/names.ts";
import { clock, duration } from "../../words/numbers.ts";
import { stateNames } from "../../words/runs.ts";
import { pointStanding, pointTitle, sweepSubject } from "../../words/sweep.ts";
import { h, setText } from "./dom.ts";
import { onceAFrame } from "./frames.ts";
import { keepState, keptState, listen, reportError, send } from "./host.ts";
import type { Palette } from "./palette.ts";
import { type Change, isStale, RunStore, staleAfterMilliseconds } from "./runStore.ts";
import { onThemeChange, readPalette } from "./theme.ts";
import { button, checkbox } from "./toolkit.ts";

type Command = Extract<FromPanel, { type: "command" }>["command"];

/** A button that asks the host for one of its commands. */
export function commandButton(label: string, command: Command, primary = false): HTMLElement {
  return button(label, () => send({ type: "command", command }), { primary });
}

export interface PanelContext {
  readonly store: RunStore;
  palette(): Palette;
  /** A choice of the user, kept through reloads; `fallback` when it was never made or is no longer offered. */
  choice<T extends string>(name: string, allowed: readonly T[], fallback: T): T;
  keep(name: string, value: string): void;
  /** What was kept under a name, if anything. */
  kept(name: string): string | undefined;
  /** Draw again in the next frame. */
  refresh(): void;
}

export interface PanelContent {
  readonly element: HTMLElement;
  /** Buttons of the head. */
  readonly actions: readonly HTMLElement[];
  /** Brings the page up to date. */
  render(snapshot: RunSnapshot): void;
  /** Shows a point of a sweep in place of the run; panels without it are sent none. */
  renderPoint?(point: ShownPoint): void;
  /** Called at once for every message about this run, before anything is drawn. */
  changed?(change: Change): void;
  themeChanged(): void;
}

const answerWithin = 5_000;

/** How far a run is or when it ended; it follows the name of its state. */
function progressOf({ run, result, history }: RunSnapshot, now: number): string {
  const last = history.at(-1);
  switch (run.state) {
    case "running":
      return last === undefined ? ", no cycle yet" : `: step ${last.step} of ${last.steps}`;
    case "done":
      return `${run.endedAt === null ? "" : ` ${clock(Date.parse(run.endedAt), now)}`}${result === null ? "" : ` in ${duration(result.seconds.total)}`}`;
    case "failed":
    case "cancelled":
      return last === undefined ? "" : ` at step ${last.step}`;
  }
}

function describeRun(snapshot: RunSnapshot): string {
  const { run } = snapshot;
  const backend = run.backend === null ? "" : ` · ${run.backend.name}`;
  return `${runCheckpoint(run)} · for ${metricName(run.objective)} · seed ${run.seed}${backend}`;
}

/** What the head says: of what it is, how that stands, and how far it is. */
function headOf({ snapshot, point }: RunStore): { about: string; stands: string; progress: string } {
  const [shown] = point?.sweep.points ?? [];
  if (point !== null && shown !== undefined)
    return {
      about: `${sweepSubject(point.sweep)} · a point of the frontier, in place of the run`,
      stands: pointTitle(point.sweep, shown, point.at),
      progress: ` · ${pointStanding(shown)}`,
    };
  if (snapshot === null) return { about: "", stands: "", progress: "" };
  return {
    about: describeRun(snapshot),
    stands: capital(stateNames[snapshot.run.state]),
    progress: progressOf(snapshot, Date.now()),
  };
}

/** The reason why there is nothing to draw, and what can be done about it; null when there is something. */
function emptyState(
  store: RunStore,
  lateAnswer: boolean,
): { title: string; message: string; actions: HTMLElement[] } | null {
  const { snapshot, absence, point } = store;
  if (point !== null) return null;
  if (snapshot === null) {
    if (absence.why === "nothing") {
      return {
        title: "No run yet",
        message: absence.message,
        actions: [
          commandButton("Tune", "tune", true),
          commandButton("Create selmix.json", "createConfiguration"),
        ],
      };
    }
    if (absence.why === "waiting") {
      return {
        title: "Waiting for the run",
        message: absence.message,
        actions: [commandButton("Show log", "showLog")],
      };
    }
    return {
      title: "Opening",
      message: lateAnswer
        ? "The extension has not answered yet; its log may say why."
        : "Asking for the run.",
      actions: lateAnswer ? [commandButton("Show log", "showLog")] : [],
    };
  }
  if (snapshot.history.length > 0 || snapshot.result !== null) return null;
  if (snapshot.run.state === "failed") {
    return {
      title: "The run failed",
      message: snapshot.run.error ?? "The run gave no reason.",
      actions: [
        commandButton("Show log", "showLog", true),
        commandButton("Open run folder", "openRunFolder"),
      ],
    };
  }
  if (snapshot.run.state === "running") {
    return {
      title: "Waiting for the first cycle",
      message: `${describeRun(snapshot)}. It shows here as soon as validation was passed once.`,
      actions: [commandButton("Show log", "showLog")],
    };
  }
  return {
    title: "The run ended before its first cycle",
    message:
      snapshot.run.error ?? `${capital(stateNames[snapshot.run.state])} before validation was passed once.`,
    actions: [commandButton("Show log", "showLog"), commandButton("Tune again", "tune")],
  };
}

/** Builds the page of a panel and keeps it up to date. */
export function openPanel(title: string, make: (context: PanelContext) => PanelContent): void {
  const store = new RunStore();
  const kept = keptState();
  let palette = readPalette();
  let lateAnswer = false;
  let askedForGap = false;
  const context: PanelContext = {
    store,
    palette: () => palette,
    choice: (name, allowed, fallback) => allowed.find((each) => each === kept.view[name]) ?? fallback,
    kept: (name) => {
      const value = kept.view[name];
      return typeof value === "string" ? value : undefined;
    },
    keep(name, value) {
      kept.view[name] = value;
      keepState(kept);
    },
    refresh: onceAFrame(() => render()),
  };
  const content = make(context);
  const runLine = h("p");
  // Announced when the state changes, not at each of the many steps.
  const state = h("span", { role: "status" });
  const progress = h("span");
  const statusLine = h("p", { class: "status" }, state, progress);
  const follow = checkbox("Follow the newest run", (on) => send({ type: "follow", on }));
  const ofRun = h("span", { class: "actions" }, follow.element, ...content.actions);
  const back = button("Back to the run", () => send({ type: "backToRun" }));
  const actions = h("div", { class: "actions" }, ofRun, back);
  const bannerText = h("p");
  const banner = h(
    "div",
    { class: "banner", role: "alert", hidden: true },
    bannerText,
    commandButton("Show log", "showLog"),
  );
  const empty = h("div", { class: "empty", role: "status" });
  let emptyShown = "";
  const app = document.getElementById("app") ?? document.body;
  app.append(
    h("header", { class: "page-head" }, h("div", {}, h("h1", {}, title), runLine, statusLine), actions),
    h("main", {}, banner, empty, content.element),
  );

  const render = () => {
    const { snapshot, point } = store;
    const nothing = emptyState(store, lateAnswer);
    const key = nothing === null ? "" : `${nothing.title}\n${nothing.message}`;
    if (key !== emptyShown) {
      emptyShown = key;
      empty.replaceChildren();
      if (nothing !== null) {
        empty.append(
          h("h2", {}, nothing.title),
          h("p", {}, nothing.message),
          h("div", { class: "actions" }, ...nothing.actions),
        );
      }
    }
    empty.hidden = nothing === null;
    content.element.hidden = nothing !== null;
    actions.hidden = nothing !== null;
    ofRun.hidden = point !== null;
    back.hidden = point === null;
    const head = headOf(store);
    setText(runLine, head.about);
    setText(state, head.stands);
    setText(progress, head.progress);
    renderBanner(point === null ? snapshot : null, nothing !== null);
    if (point !== null) content.renderPoint?.(point);
    else if (nothing === null && snapshot !== null) content.render(snapshot);
    app.dataset.state = nothing === null ? "shown" : "empty";
  };

  const renderBanner = (snapshot: RunSnapshot | null, isEmpty: boolean) => {
    const failed = snapshot?.run.state === "failed" && !isEmpty;
    const stale = snapshot !== null && isStale(snapshot, Date.now());
    banner.hidden = !failed && !stale;
    banner.classList.toggle("failed", failed);
    if (snapshot === null) return;
    if (failed)
      setText(
        bannerText,
        `The run failed: ${snapshot.run.error ?? "it gave no reason."} Below is what it had reached.`,
      );
    else if (stale) {
      setText(
        bannerText,
        `No sign of life since ${clock(snapshot.updatedAt, Date.now())}: the run may be dead, and what you see may be old.`,
      );
    }
  };

  onThemeChange(() => {
    palette = readPalette();
    content.themeChanged();
    context.refresh();
  });
  setTimeout(() => {
    lateAnswer = true;
    context.refresh();
  }, answerWithin);
  setInterval(() => {
    if (store.snapshot?.run.state === "running") context.refresh();
  }, staleAfterMilliseconds / 4);
  listen((message) => {
    if (message.type === "following") {
      kept.following = message.on;
      keepState(kept);
      follow.set(message.on);
      return;
    }
    if (message.type === "sent" && store.absence.why === "loading" && store.snapshot === null) {
      send({ type: "ready" });
      return;
    }
    const change = store.receive(message, Date.now());
    if (change === "none") return;
    if (message.type === "snapshot") {
      askedForGap = false;
      kept.runFolders = [message.snapshot.runFolder];
      keepState(kept);
    }
    if (change === "gap" && !askedForGap) {
      askedForGap = true;
      send({ type: "ready" });
    }
    try {
      content.changed?.(change);
    } catch (error) {
      reportError(error);
    }
    context.refresh();
  });
  render();
}
