#!/usr/bin/env node
/** The command line. What a command needs is loaded when it is known, from compiled code kept between runs. */
import module from "node:module";
import { compiledFolder, keepForOwner } from "./files/ownFolders.ts";

keepForOwner();
// Node 22 and newer; never in the temporary folder that all users of a machine share.
const compiled = compiledFolder();
if (compiled !== null) module.enableCompileCache?.(compiled);
const argv = process.argv.slice(2);
if (argv[0] === "policy") {
  const { main } = await import("./cli/policyMain.ts");
  await main(argv);
} else {
  await import("./cli/parsers.ts");
  const { main } = await import("./cli/main.ts");
  await main(argv);
}
