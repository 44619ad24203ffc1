import { openCheckpoint } from "../../src/checkpoints/formats.ts";
import { readKept } from "../../src/engine/changed.ts";

/** Writes the head or network that a run kept, whatever its verdict. */
export async function rebuild(runFolder: string, output: string): Promise<void> {
  const { source, replacements } = await readKept(runFolder, {});
  const checkpoint = await openCheckpoint(source);
  await checkpoint.writeCopy(output, replacements);
  await checkpoint.close();
}
