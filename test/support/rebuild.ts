/** The copy that a run's head makes, whatever the verdict on it was, and wherever its checkpoint lies by now. */
import { openCheckpoint } from "../../src/checkpoints/formats.ts";
import { readKept } from "../../src/engine/verdict/changed.ts";

export async function rebuild(
  runFolder: string,
  output: string,
  options: { checkpoint?: string } = {},
): Promise<void> {
  const { source, replacements } = await readKept(runFolder, options);
  const checkpoint = await openCheckpoint(source);
  await checkpoint.writeCopy(output, replacements);
  await checkpoint.close();
}
