/** The process of `selmix policy`: built apart from the other commands, because a training loop waits for it every cycle. */
import "./parsers.ts";
import { exitAfter, exitStatus } from "./exit.ts";
import { policyCommand } from "./policy.ts";
import { print } from "./terminal.ts";

/** Runs `policy` and exits the process. */
export function main(argv: readonly string[]): Promise<void> {
  return exitAfter(async () => {
    print(process.stdout, await policyCommand(argv.slice(1)));
    return exitStatus.done;
  });
}
