/** Errors of selmix.json in the editor, while it is typed and when it changes on disk. */
import path from "node:path";
import * as vscode from "vscode";
import { readSmallText, sizeLimits } from "../files/regular.ts";
import { checkConfiguration } from "../project/load.ts";
import type { Projects } from "./projects.ts";

const pauseMs = 200;

export class Diagnostics implements vscode.Disposable {
  readonly #projects: Projects;
  readonly #collection = vscode.languages.createDiagnosticCollection("selmix");
  readonly #disposables: vscode.Disposable[];
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(projects: Projects) {
    this.#projects = projects;
    this.#disposables = [
      this.#collection,
      projects.onDidChange(() => this.#checkAll()),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.#checkSoon(document)),
      vscode.workspace.onDidOpenTextDocument((document) => this.#checkSoon(document)),
      vscode.workspace.onDidCloseTextDocument(() => this.#checkAll()),
    ];
  }

  dispose(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    for (const disposable of this.#disposables) disposable.dispose();
  }

  #checkSoon(document: vscode.TextDocument): void {
    const file = document.uri.fsPath;
    if (document.uri.scheme !== "file" || path.basename(file) !== "selmix.json") return;
    clearTimeout(this.#timers.get(file));
    const check = () => {
      this.#timers.delete(file);
      if (!document.isClosed) this.#check(document.uri, document.getText());
    };
    this.#timers.set(file, setTimeout(check, pauseMs));
  }

  #checkAll(): void {
    const open = new Map(
      vscode.workspace.textDocuments.map((document) => [document.uri.fsPath, document.getText()]),
    );
    this.#collection.clear();
    for (const { path: file } of this.#projects.all) {
      const text = open.get(file) ?? readText(file);
      if (text !== null) this.#check(vscode.Uri.file(file), text);
    }
  }

  #check(uri: vscode.Uri, text: string): void {
    const { problems } = checkConfiguration(text, uri.fsPath, this.#projects.scope(uri.fsPath));
    this.#collection.set(
      uri,
      problems.map(({ line, column, length, message }) => {
        const start = new vscode.Position(line - 1, column - 1);
        const end = endOf(text, start, length);
        const diagnostic = new vscode.Diagnostic(new vscode.Range(start, end), message);
        diagnostic.source = "selmix";
        return diagnostic;
      }),
    );
  }
}

/** The end of a problem, cut at the end of its line: a whole object underlined helps nobody. */
function endOf(text: string, start: vscode.Position, length: number): vscode.Position {
  const line = text.split("\n")[start.line] ?? "";
  return start.with({ character: Math.min(start.character + Math.max(1, length), line.trimEnd().length) });
}

function readText(file: string): string | null {
  try {
    return readSmallText(file, sizeLimits.settings);
  } catch {
    return null;
  }
}
