/** Before the user trusts a workspace, SelMix writes nothing there and starts nothing by itself. */
import * as vscode from "vscode";
import { warn } from "./tell.ts";

/** Whether the workspace is trusted now; where it is not, says so and offers to change it. */
export async function requireTrust(sentence: string): Promise<boolean> {
  if (vscode.workspace.isTrusted) return true;
  const manage = "Manage Trust";
  const answer = await warn(sentence, manage);
  if (answer === manage) await vscode.commands.executeCommand("workbench.trust.manage");
  return false;
}

export const writesNothing = "SelMix writes nothing in a workspace that is not trusted.";
