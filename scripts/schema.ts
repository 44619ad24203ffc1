/** Writes media/selmix.schema.json from the configuration's own schema, so that editor and engine agree. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { configurationJsonSchema } from "../src/project/configuration.ts";

const target = path.resolve(import.meta.dirname, "../media/selmix.schema.json");
mkdirSync(path.dirname(target), { recursive: true });
writeFileSync(target, `${JSON.stringify(configurationJsonSchema(), null, 2)}\n`);
