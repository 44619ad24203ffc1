/** Errors as the user reads them: one sentence, and the detail for the log. */

import { CheckpointError } from "../checkpoints/checkpoint.ts";
import { FeatureTableError } from "../features/table.ts";
import { FileError } from "../files/ranges.ts";
import { NotOursError } from "../project/ownFiles.ts";
import { ConfigurationError } from "../project/problems.ts";
import type { Remedy } from "../protocol/engine.ts";

/** A job that cannot be done as asked: one sentence for the user. */
export class JobError extends Error {
  override name = "JobError";
}

/** The features at hand are another checkpoint's, and nothing says how to make its own: it is not tuned by itself. */
export class StaleFeaturesError extends JobError {}

const written = [JobError, ConfigurationError, CheckpointError, FeatureTableError, FileError];

/** Whether the error was written for the user, rather than thrown by something that went wrong inside. */
export function isExpected(error: unknown): error is Error {
  if (written.some((kind) => error instanceof kind)) return true;
  // By name, for backends may come from a bundle that has a class of its own.
  return error instanceof Error && error.name === "BackendError";
}

const fileSystemReasons: Record<string, string> = {
  ENOSPC: "the disk is full: make room",
  EDQUOT: "the disk quota is used up: make room",
  EACCES: "permission is denied: change the permissions",
  EPERM: "permission is denied: change the permissions",
  EROFS: "the file system is read-only: choose another folder",
  EIO: "the disk reports an error: look after it",
  ELOOP: "a link is in its place: remove it",
  EMFILE: "too many files are open: close some programs",
};

/** What V8 says where memory cannot be had. */
const outOfMemory =
  /^(Array buffer allocation failed|Invalid (typed )?array length|Invalid array buffer length)/;

/** One sentence for the user: what, where, what to do. */
export function errorSentence(error: unknown): string {
  if (isExpected(error)) return error.message;
  if (error instanceof Error && "code" in error && typeof error.code === "string") {
    const reason = fileSystemReasons[error.code];
    const place = "path" in error && typeof error.path === "string" ? `${error.path}: ` : "";
    if (reason) return `${place}${reason}, then try again.`;
  }
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof RangeError && outOfMemory.test(message)) {
    return "There is not enough memory for numbers as many as these; use fewer samples or classes, or a machine with more memory.";
  }
  return `Something went wrong inside SelMix: ${message.replace(/\s+/g, " ")}; the log has the details.`;
}

/** The stack, for the log; empty for errors that say all in their sentence. */
export function errorDetail(error: unknown): string {
  if (isExpected(error)) return "";
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** An error as it is told to another process. */
export function describeError(error: unknown): { message: string; detail: string; remedy?: Remedy } {
  const remedy = remedyFor(error);
  return { message: errorSentence(error), detail: errorDetail(error), ...(remedy && { remedy }) };
}

function remedyFor(error: unknown): Remedy | null {
  if (error instanceof NotOursError) return "replace";
  return error instanceof StaleFeaturesError ? "exportFeatures" : null;
}
