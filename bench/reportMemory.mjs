// Loaded into a measured process: writes its largest resident memory, in KiB, when it ends.
import { writeFileSync } from "node:fs";

process.on("exit", () => {
  if (process.env.SELMIX_BENCH_MEMORY) {
    writeFileSync(process.env.SELMIX_BENCH_MEMORY, String(process.resourceUsage().maxRSS));
  }
});
