/** Entry of the child process that tries one backend: arguments are its name and the places as JSON. */
import * as z from "zod";
import { isBackendName } from "./backend.ts";
import { backendNamed } from "./list.ts";
import { runTrial } from "./trial.ts";

const placesSchema = z.object({
  storage: z.string().optional(),
  packagePath: z.string().optional(),
  trustedWorkspace: z.string().optional(),
  threads: z.number().optional(),
  inBackground: z.boolean().optional(),
});

const [name = "", places = "{}"] = process.argv.slice(2);
if (!isBackendName(name)) throw new Error(`no backend "${name}"`);
process.on("disconnect", () => process.exit(1));
await runTrial(backendNamed(name), placesSchema.parse(JSON.parse(places)));
