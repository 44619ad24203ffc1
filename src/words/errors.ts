/** What went wrong, in a sentence. */

/** The message of an error, whatever was thrown. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** "Line 15: Unknown key ..." for those who see which file it is about; null while a configuration can be used. */
export function problemText({
  error,
  problems,
}: {
  readonly error: string | null;
  readonly problems: readonly { readonly line: number; readonly message: string }[];
}): string | null {
  const [first, ...others] = problems;
  if (!first) return error;
  const more = others.length > 0 ? ` (and ${others.length} more)` : "";
  return `Line ${first.line}: ${first.message}${more}`;
}
