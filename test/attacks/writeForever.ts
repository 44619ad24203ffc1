/** Writes a file, and is never done. */
import { writeAtomically } from "../../src/files/atomic.ts";

await writeAtomically(process.argv[2] ?? "", async (handle) => {
  await handle.write(Buffer.alloc(1024));
  process.send?.("half");
  await new Promise(() => setInterval(() => undefined, 1000));
});
