/**
 * What is said to the user in the window, and asked. Nothing else calls VS Code for it: names of files, classes and tensors
 * pass through here, and are read as names there.
 */
import * as vscode from "vscode";
import type { JobProgress } from "../protocol/engine.ts";
import { label, notification } from "../words/escape/sinks.ts";
import { visible } from "../words/escape/visible.ts";
import { progressText } from "../words/runs.ts";

/** Says it quietly. Resolves to the button that was clicked. */
export function inform<Button extends string>(message: string, ...buttons: Button[]) {
  return vscode.window.showInformationMessage(notification.text(message), ...buttons);
}

export function warn<Button extends string>(message: string, ...buttons: Button[]) {
  return vscode.window.showWarningMessage(notification.text(message), ...buttons);
}

export function fail<Button extends string>(message: string, ...buttons: Button[]) {
  return vscode.window.showErrorMessage(notification.text(message), ...buttons);
}

/** Asks before something that is not to happen by accident: whether the user agrees. */
export async function agrees(question: string, detail: string, button: string): Promise<boolean> {
  const options = { modal: true, detail: notification.text(detail) };
  return (await vscode.window.showWarningMessage(notification.text(question), options, button)) === button;
}

/** What stands in a list to pick from, with one of VS Code's icons before it. */
export interface Item {
  readonly label: string;
  readonly description?: string;
  readonly detail?: string;
  readonly icon?: string;
  readonly picked?: boolean;
}

interface Question {
  readonly title: string;
  readonly placeHolder: string;
}

/** The item that the user picks; undefined when the user gives up. */
export async function pick<T extends Item>(items: readonly T[], question: Question): Promise<T | undefined> {
  return (await vscode.window.showQuickPick(items.map(shown), optionsOf(question)))?.item;
}

export async function pickMany<T extends Item>(
  items: readonly T[],
  question: Question,
): Promise<T[] | undefined> {
  const options = { ...optionsOf(question), canPickMany: true as const };
  return (await vscode.window.showQuickPick(items.map(shown), options))?.map(({ item }) => item);
}

function shown<T extends Item>(item: T) {
  return {
    label: `${item.icon === undefined ? "" : `$(${item.icon}) `}${label.text(item.label)}`,
    description: label.text(item.description ?? ""),
    detail: label.text(item.detail ?? ""),
    picked: item.picked ?? false,
    item,
  };
}

function optionsOf({ title, placeHolder }: Question) {
  return {
    title: label.text(title),
    placeHolder: label.text(placeHolder),
    matchOnDescription: true,
    matchOnDetail: true,
    // A page of ours that takes the focus back, by the click that opened this, is not giving up.
    ignoreFocusOut: true,
  };
}

/** Asks for a text, starting from a value; undefined when the user gives up. */
export function ask({ title = "", prompt = "", ...options }: vscode.InputBoxOptions) {
  return vscode.window.showInputBox({
    ...options,
    title: label.text(title),
    prompt: label.text(prompt),
    ignoreFocusOut: true,
  });
}

interface Shown<Result> {
  readonly result: Promise<Result>;
  cancel(): void;
}

/** Shows a job while it is at work, in a notification by which it can be cancelled. */
export function whileAtWork<Result>(
  title: string,
  start: (progress: (step: JobProgress) => void) => Shown<Result>,
): Thenable<Result> {
  const options = {
    location: vscode.ProgressLocation.Notification,
    title: label.text(title),
    cancellable: true,
  };
  return vscode.window.withProgress(options, (shown, token) => {
    const job = start((step) => shown.report({ message: label.text(progressText(step)) }));
    token.onCancellationRequested(() => job.cancel());
    return job.result;
  });
}

/** What a person is asked before an agent does something. */
export function toolConfirmation(title: string, message: string) {
  const text = new vscode.MarkdownString();
  text.appendText(visible(message));
  return { title: notification.text(title), message: text };
}

/** The answer of a tool for agents. */
export function toolText(answer: string): vscode.LanguageModelToolResult {
  return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(answer)]);
}

/** Lines of text as a tooltip, a paragraph each. */
export function tooltipOf(lines: readonly string[]): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  for (const line of lines) text.appendText(`${visible(line)}\n\n`);
  return text;
}
