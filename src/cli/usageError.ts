/** Something typed wrong: one sentence, exit status 2. */
export class UsageError extends Error {
  override name = "UsageError";
}
