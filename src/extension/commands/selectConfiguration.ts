/** Chooses which of several selmix.json the sidebar and the palette are about. */
import type { Command } from "../app.ts";
import { commandIds } from "../ids.ts";
import { pick } from "../tell.ts";

export const selectConfiguration: Command = {
  id: commandIds.selectConfiguration,
  async run({ projects }) {
    const picked = await pick(
      projects.all.map(({ name, path, error }) => ({ label: name, description: error ?? path, path })),
      { title: "Select Configuration", placeHolder: "Configuration" },
    );
    if (picked) await projects.select(picked.path);
  },
};
