/** Completeness of formats whose structure is small: a file is whole when it opens. */
import { FileError } from "../files/ranges.ts";
import { type Checkpoint, CheckpointError } from "./checkpoint.ts";

/** Whether `open` accepts the file. Errors that are not about the file are thrown on. */
export async function opensWhole(
  file: string,
  open: (file: string) => Promise<Checkpoint>,
): Promise<boolean> {
  try {
    await (await open(file)).close();
    return true;
  } catch (error) {
    if (error instanceof CheckpointError || error instanceof FileError) return false;
    throw error;
  }
}
