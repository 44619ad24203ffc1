/** What has to be done before anything can be tuned, with the button that does it. */
import type { FromTuning, TuningState } from "../../protocol/tuning.ts";
import { h } from "../shared/dom.ts";
import { button } from "../shared/toolkit.ts";
import { send } from "./host.ts";

interface Notice {
  readonly kind: "welcome" | "error" | "trust";
  readonly title: string;
  readonly text: string;
  readonly action: string;
  readonly command: Extract<FromTuning, { type: "command" }>["command"];
}

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
        ),
      ),
    );
  }
}

function noticesOf({ configuration, hasFolder, trusted, checkpoints }: TuningState): Notice[] {
  const notices: Notice[] = [];
  if (!hasFolder) {
    notices.push({
      kind: "welcome",
      title: "No folder is open",
      text: "Open the folder with your checkpoints.",
      action: "Open Folder",
      command: "openFolder",
    });
  } else if (!configuration) {
    notices.push({
      kind: "welcome",
      title: "Good on average, bad for somebody?",
      text: "SelMix lifts a trained classifier's weakest classes in seconds. It looks at this workspace, finds checkpoints and features, and suggests what to raise.",
      action: "Create Configuration",
      command: "createConfiguration",
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
      title: "No checkpoint yet",
      text: "No file matches the checkpoints named in selmix.json. They appear here as soon as they are saved.",
      action: "Open selmix.json",
      command: "openConfiguration",
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
