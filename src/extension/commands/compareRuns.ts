/** Compares two to six runs: those selected in the tree, or picked. */
import type { Command } from "../app.ts";
import { commandIds } from "../ids.ts";
import type { RunEntry } from "../runList.ts";
import { RunNode } from "../sidebar/nodes.ts";
import { runItems } from "../targets.ts";
import { inform, pickMany } from "../tell.ts";

const most = 6;

export const compareRuns: Command = {
  id: commandIds.compareRuns,
  async run(app, clicked, selected) {
    const nodes: readonly unknown[] = Array.isArray(selected) ? selected : [];
    const runs = nodes.flatMap((node) => (node instanceof RunNode ? [node.entry] : []));
    const first = clicked instanceof RunNode ? clicked.entry : undefined;
    const chosen = runs.length > 1 ? runs : await pick(app.runs.all, first);
    if (!chosen) return;
    if (chosen.length < 2 || chosen.length > most) {
      void inform(`Choose two to ${most} runs to compare.`);
      return;
    }
    app.panels.show(
      "compare",
      chosen.map(({ folder }) => folder),
    );
  },
};

async function pick(all: readonly RunEntry[], first: RunEntry | undefined): Promise<RunEntry[] | null> {
  const finished = all.filter(({ result }) => result !== null);
  const latest = finished.slice(0, 2);
  const picked = await pickMany(
    runItems(finished).map((item) => ({
      ...item,
      picked: first ? item.run.folder === first.folder : latest.includes(item.run),
    })),
    { title: "Compare Runs", placeHolder: `Two to ${most} runs` },
  );
  return picked ? picked.map(({ run }) => run) : null;
}
