/** What is wrong in selmix.json, while it is typed and when it or its tables change: one message a mistake, with what mends it. */
import path from "node:path";
import * as vscode from "vscode";
import { tableEndings } from "../features/survey.ts";
import { readSmallText, sizeLimits } from "../files/regular.ts";
import { checkConfiguration, problemsOf } from "../project/load.ts";
import type { Fix, Problem } from "../project/problems.ts";
import { missingTables, unnamedClasses } from "../project/tableFindings.ts";
import type { Projects } from "./projects.ts";
import { TableSurveys } from "./tableSurveys.ts";

const pauseMs = 200;
/** Tables are written one after another, and in pieces. */
const tablePauseMs = 1000;
const tableWords = [...tableEndings.map((ending) => ending.slice(1)), "npy"];
/** Problems that fixes are offered for at once: each fix takes a look at all of the text. */
const mostMended = 10;

interface Told {
  readonly diagnostic: vscode.Diagnostic;
  readonly fixes: readonly Fix[];
}

export class Diagnostics implements vscode.Disposable, vscode.CodeActionProvider {
  readonly #projects: Projects;
  readonly #collection = vscode.languages.createDiagnosticCollection("selmix");
  readonly #disposables: vscode.Disposable[];
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #told = new Map<string, readonly Told[]>();
  readonly #surveys = new TableSurveys();

  constructor(projects: Projects) {
    this.#projects = projects;
    const files = { scheme: "file", pattern: "**/selmix.json" };
    const tables = vscode.workspace.createFileSystemWatcher(`**/*.{${tableWords.join(",")}}`);
    const soon = () => {
      clearTimeout(this.#timers.get(""));
      this.#timers.set(
        "",
        setTimeout(() => this.#checkAll(), tablePauseMs),
      );
    };
    this.#disposables = [
      this.#collection,
      projects.onDidChange(() => this.#checkAll()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.#checkAll()),
      tables,
      tables.onDidCreate(soon),
      tables.onDidChange(soon),
      tables.onDidDelete(soon),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.#checkSoon(document)),
      vscode.workspace.onDidOpenTextDocument((document) => this.#checkSoon(document)),
      vscode.workspace.onDidCloseTextDocument(() => this.#checkAll()),
      vscode.languages.registerCodeActionsProvider(files, this, {
        providedCodeActionKinds: [vscode.CodeActionKind.QuickFix],
      }),
    ];
  }

  provideCodeActions(document: vscode.TextDocument, range: vscode.Range): vscode.CodeAction[] {
    const told = this.#told.get(document.uri.fsPath) ?? [];
    return told
      .filter(({ diagnostic }) => diagnostic.range.intersection(range) !== undefined)
      .slice(0, mostMended)
      .flatMap(({ diagnostic, fixes }) =>
        fixes.map(({ title, edits }, index) => {
          const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
          const change = new vscode.WorkspaceEdit();
          for (const { offset, length, content } of edits()) {
            const place = new vscode.Range(document.positionAt(offset), document.positionAt(offset + length));
            change.replace(document.uri, place, content);
          }
          action.edit = change;
          action.diagnostics = [diagnostic];
          action.isPreferred = index === 0;
          return action;
        }),
      );
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
      if (!document.isClosed) void this.#check(document.uri, document.getText());
    };
    this.#timers.set(file, setTimeout(check, pauseMs));
  }

  #checkAll(): void {
    const open = new Map(
      vscode.workspace.textDocuments.map((document) => [document.uri.fsPath, document.getText()]),
    );
    this.#collection.clear();
    this.#told.clear();
    this.#surveys.keep((file) => open.has(file));
    for (const { path: file } of this.#projects.all) {
      const text = open.get(file) ?? readText(file);
      if (text !== null) void this.#check(vscode.Uri.file(file), text);
    }
  }

  async #check(uri: vscode.Uri, text: string): Promise<void> {
    const file = uri.fsPath;
    const { configuration, problems } = checkConfiguration(text, file, this.#projects.scope(file));
    // What is no JSON, the editor says itself.
    const own = problems.filter(({ isSyntax }) => isSyntax !== true);
    const told = own.map((problem) => toldOf(text, problem, vscode.DiagnosticSeverity.Error));
    this.#tell(uri, told);
    if (!configuration) return;
    const project = { folder: path.dirname(file), configuration };
    const missing = problemsOf(text, missingTables(project)).map((problem) =>
      toldOf(text, problem, vscode.DiagnosticSeverity.Warning),
    );
    this.#tell(uri, [...told, ...missing]);
    // Tables are read for who looks at the file alone: they may be large, and are written again and again by a training.
    if (!vscode.workspace.isTrusted || !isOpen(uri)) return;
    const unnamed = await unnamedClasses(project, this.#surveys.of(file));
    // Another text may have been checked meanwhile.
    if (unnamed.length === 0 || textOf(file) !== text) return;
    const classes = problemsOf(text, unnamed).map((problem) =>
      toldOf(text, problem, vscode.DiagnosticSeverity.Error),
    );
    this.#tell(uri, [...told, ...missing, ...classes]);
  }

  #tell(uri: vscode.Uri, told: readonly Told[]): void {
    this.#told.set(uri.fsPath, told);
    this.#collection.set(
      uri,
      told.map(({ diagnostic }) => diagnostic),
    );
  }
}

function isOpen({ fsPath }: vscode.Uri): boolean {
  return vscode.workspace.textDocuments.some(({ uri }) => uri.fsPath === fsPath);
}

function toldOf(text: string, problem: Problem, severity: vscode.DiagnosticSeverity): Told {
  const { line, column, length, message, fixes = [] } = problem;
  const start = new vscode.Position(line - 1, column - 1);
  const diagnostic = new vscode.Diagnostic(
    new vscode.Range(start, endOf(text, start, length)),
    message,
    severity,
  );
  diagnostic.source = "selmix";
  return { diagnostic, fixes };
}

/** The text of a file as it stands in its editor, else on disk. */
function textOf(file: string): string | null {
  const open = vscode.workspace.textDocuments.find(({ uri }) => uri.fsPath === file);
  return open?.getText() ?? readText(file);
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
