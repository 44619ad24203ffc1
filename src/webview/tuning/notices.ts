/** What has to be done before anything can be tuned, with the button that does it. */
import type { FromTuning, TuningState } from "../../protocol/tuning.ts";
import { h } from "../shared/dom.ts";
import { button } from "../shared/toolkit.ts";
import { send } from "./host.ts";
import { link } from "./link.ts";

interface Notice {
  readonly kind: "welcome" | "error" | "trust";
  readonly title: string;
  readonly text: string;
  readonly action: string;
  readonly command: Command;
  /** What can be done instead. */
  readonly other?: { readonly action: string; readonly command: Command };
}

type Command = Extract<FromTuning, { type: "command" }>["command"];

const example = { action: "Try the example", command: "tryExample" } as const;

export class Notices {
  readonly element = h("div", { class: "notices" });
  #shown = "";

  show(state: TuningState): void {
    const notices = noticesOf(state);
    const key = JSON.stringify(notices);
    if (key === this.#shown) return;
    this.#shown = key;
    this.element.replaceChildren(
      ...notices.map((notice) =>
        h(
          "section",
          { class: `notice ${notice.kind}`, role: notice.kind === "error" ? "alert" : "note" },
          h("h2", {}, notice.title),
          h("p", {}, notice.text),
          button(notice.action, () => send({ type: "command", command: notice.command }), {
            primary: notice.kind === "welcome",
          }),
          notice.other ? other(notice.other) : null,
        ),
      ),
    );
  }
}

function other({ action, command }: NonNullable<Notice["other"]>): HTMLElement {
  return h(
    "p",
    { class: "links" },
    link(action, () => send({ type: "command", command })),
  );
}

function noticesOf({ configuration, hasFolder, trusted, checkpoints, ofScores }: TuningState): Notice[] {
  const notices: Notice[] = [];
  if (!hasFolder) {
    notices.push({
      kind: "welcome",
      title: "No folder is open",
      text: "Open the folder with your checkpoints.",
      action: "Open Folder",
      command: "openFolder",
      other: example,
    });
  } else if (!configuration) {
    notices.push({
      kind: "welcome",
      title: "Good on average, bad for somebody?",
      text: "SelMix lifts a trained classifier's weakest classes in seconds. It looks at this workspace, finds checkpoints and features, and suggests what to raise.",
      action: "Create Configuration",
      command: "createConfiguration",
      other: example,
    });
  } else if (configuration.error !== null) {
    notices.push({
      kind: "error",
      title: "selmix.json cannot be used",
      text: configuration.error,
      action: "Open selmix.json",
      command: "openConfiguration",
    });
  } else if (checkpoints.length === 0) {
    notices.push({
      kind: "welcome",
      ...(ofScores
        ? {
            title: "No scores yet",
            text: "The table of scores that selmix.json names for training is not there. It appears here as soon as it is saved.",
          }
        : {
            title: "No checkpoint yet",
            text: "No file matches the checkpoints named in selmix.json. They appear here as soon as they are saved.",
          }),
      action: "Open selmix.json",
      command: "openConfiguration",
      other: example,
    });
  }
  if (hasFolder && !trusted) {
    notices.push({
      kind: "trust",
      title: "This workspace is not trusted",
      text: "Checkpoints and earlier runs can be looked at; nothing is tuned until you trust it.",
      action: "Manage Trust",
      command: "manageTrust",
    });
  }
  return notices;
}
