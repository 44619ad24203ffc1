// Loaded into a measured process: writes its largest resident memory, in KiB, when it ends.
import { readFileSync, writeFileSync } from "node:fs";

/** On Linux `maxRSS` starts at what the parent held when it forked: the kernel counts this program alone in VmHWM. */
function largestResident() {
  if (process.platform !== "linux") return process.resourceUsage().maxRSS;
  return Number(/^VmHWM:\s*(\d+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]);
}

process.on("exit", () => {
  if (process.env.SELMIX_BENCH_MEMORY)
    writeFileSync(process.env.SELMIX_BENCH_MEMORY, String(largestResident()));
});
