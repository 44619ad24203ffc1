/** What went wrong while watching, in one sentence for the user. */
export interface WatchProblem {
  readonly message: string;
  /** The system has no file watches left; polling needs none. */
  readonly exhausted: boolean;
}

/** Linux reports exhausted inotify watches as ENOSPC, exhausted instances as EMFILE. */
export function watchProblem(root: string, error: unknown): WatchProblem {
  const code = error instanceof Error && "code" in error ? error.code : "";
  if (code === "ENOSPC" || code === "EMFILE") {
    return {
      message: `${root} cannot be watched: the system has no file watches left (${code}); switch to polling, or raise fs.inotify.max_user_watches.`,
      exhausted: true,
    };
  }
  const reason = error instanceof Error ? error.message : String(error);
  return { message: `${root} cannot be watched: ${reason}; check that it can be read.`, exhausted: false };
}
