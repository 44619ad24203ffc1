/** An extension host for the attacks: tunes through an engine of its own until it is killed. */
import path from "node:path";
import { EngineProcess } from "../../../src/extension/engineProcess.ts";

const [configurationPath = ""] = process.argv.slice(2);
const engine = new EngineProcess({
  enginePath: path.resolve(import.meta.dirname, "../../../dist/engine.mjs"),
});
const request = {
  configurationPath,
  checkpoint: null,
  trigger: "user" as const,
  workspace: path.dirname(configurationPath),
  trusted: true,
  backend: "wasm" as const,
};
await engine.start<"tune">({ kind: "tune", request }).result;
await engine.stop();
