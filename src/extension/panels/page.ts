/** The page that a webview starts from: a strict policy, one style sheet, one script, nothing else. */
import { randomBytes } from "node:crypto";
import * as vscode from "vscode";

/** Name of a bundle in dist/webview. */
export type BundleName = "gain" | "recall" | "compare" | "frontier" | "runs" | "checkpoint" | "tuning";

/** Folders that our webviews may load from. */
export function webviewRoots(extensionUri: vscode.Uri): vscode.Uri[] {
  return [vscode.Uri.joinPath(extensionUri, "dist", "webview")];
}

/** HTML of a page that runs dist/webview/<bundle>.js. */
export function pageOf(webview: vscode.Webview, extensionUri: vscode.Uri, bundle: BundleName): string {
  const nonce = randomBytes(16).toString("base64");
  const source = (file: string) =>
    webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, "dist", "webview", file)).toString();
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource} 'nonce-${nonce}'`,
    `font-src ${webview.cspSource}`,
    `img-src ${webview.cspSource} data: blob:`,
  ].join("; ");
  return `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="${policy}">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <link rel="stylesheet" href="${source(`${bundle}.css`)}">
  </head>
  <body>
    <div id="app" data-testid="selmix-${bundle}"></div>
    <script nonce="${nonce}" src="${source(`${bundle}.js`)}"></script>
  </body>
</html>`;
}
