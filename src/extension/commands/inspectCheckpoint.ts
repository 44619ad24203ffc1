/** Shows the tensors of a checkpoint and which of them is the head, as a read-only page. */
import path from "node:path";
import * as vscode from "vscode";
import type { JobResult } from "../../protocol/engine.ts";
import type { Command } from "../app.ts";
import { commandIds } from "../ids.ts";
import { checkpointTarget } from "../targets.ts";
import { bytes, errorText } from "../words.ts";

export const inspectCheckpoint: Command = {
  id: commandIds.inspectCheckpoint,
  async run(app, argument) {
    const target = await checkpointTarget(app, argument, "Inspect Checkpoint");
    if (!target) return;
    const configurationPath = target.project?.project ? target.project.path : null;
    try {
      const inspected = await app.engine.start({
        kind: "inspect",
        checkpoint: target.path,
        configurationPath,
        ...app.projects.scope(configurationPath ?? target.path),
      }).result;
      const document = await vscode.workspace.openTextDocument({
        language: "markdown",
        content: page(inspected),
      });
      await vscode.window.showTextDocument(document, { preview: true });
    } catch (error) {
      app.log.error(`Inspecting ${path.basename(target.path)} failed: ${errorText(error)}`);
      void vscode.window.showErrorMessage(errorText(error));
    }
  },
};

function page({ checkpoint, format, tensors, head, headProblem }: JobResult<"inspect">): string {
  const total = tensors.reduce((sum, tensor) => sum + tensor.bytes, 0);
  const bias = head?.bias ? ` and \`${head.bias}\`` : ", without a bias";
  const headLine = head
    ? `The head is \`${head.weight}\`${bias}: ${head.classes} classes from ${head.size} features; ${head.reason}.`
    : `No head: ${headProblem ?? "none was found"}`;
  const rows = tensors.map(
    ({ name, shape, type, bytes: size }) =>
      `| \`${name}\` | ${shape.join(" × ")} | ${type} | ${bytes(size)} |`,
  );
  return [
    `# ${path.basename(checkpoint)}`,
    "",
    `${format}, ${tensors.length} tensors, ${bytes(total)}. ${headLine}`,
    "",
    "| tensor | shape | type | size |",
    "| --- | --- | --- | ---: |",
    ...rows,
    "",
  ].join("\n");
}
