/** Shows the tensors of a checkpoint and which of them is the head, as a read-only page. */
import path from "node:path";
import * as vscode from "vscode";
import type { JobResult } from "../../protocol/engine.ts";
import { errorText } from "../../words/errors.ts";
import { code, type Markdown, markdown, markdownTable } from "../../words/escape/markdown.ts";
import { bytes } from "../../words/numbers.ts";
import type { Command } from "../app.ts";
import { commandIds } from "../ids.ts";
import { checkpointTarget } from "../targets.ts";
import { fail } from "../tell.ts";

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
      void fail(errorText(error));
    }
  },
};

function page({ checkpoint, format, tensors, head, headProblem }: JobResult<"inspect">): Markdown {
  const total = tensors.reduce((sum, tensor) => sum + tensor.bytes, 0);
  const { text } = markdown;
  const bias = head?.bias ? markdown` and ${code(head.bias)}` : markdown`, without a bias`;
  const headLine = head
    ? markdown`The head is ${code(head.weight)}${bias}: ${head.classes} classes from ${head.size} features; ${text(head.reason)}.`
    : text(`No head: ${headProblem ?? "none was found"}`);
  const rows = tensors.map(({ name, shape, type, bytes: size }) => [
    code(name),
    ...[shape.join(" × "), type, bytes(size)].map(text),
  ]);
  const parts = [
    markdown`# ${text(path.basename(checkpoint))}`,
    markdown`${text(format)}, ${tensors.length} tensors, ${text(bytes(total))}. ${headLine}`,
    markdownTable(["tensor", "shape", "type", "size"].map(text), rows),
  ];
  return markdown`${markdown.join(parts, markdown`\n\n`)}\n`;
}
