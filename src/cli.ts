#!/usr/bin/env node
/** The command line. What a command needs is loaded when it is known, from compiled code kept between runs. */
import module from "node:module";

// Node 22 and newer.
module.enableCompileCache?.();
const argv = process.argv.slice(2);
if (argv[0] === "policy") {
  const { main } = await import("./cli/policyMain.ts");
  await main(argv);
} else {
  await import("./cli/parsers.ts");
  const { main } = await import("./cli/main.ts");
  await main(argv);
}
