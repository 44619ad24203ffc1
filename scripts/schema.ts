/** Writes media/selmix.schema.json, the one that the editor reads, and docs/selmix-json.md from the configuration's own schema, so that all agree. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { configurationJsonSchema } from "../src/project/configurationJsonSchema.ts";
import { editorSchema } from "../src/project/editorSchema.ts";
import { configurationReference } from "../src/project/reference.ts";

const root = path.resolve(import.meta.dirname, "..");
for (const folder of ["media", "docs"]) mkdirSync(path.join(root, folder), { recursive: true });
writeFileSync(
  path.join(root, "media/selmix.schema.json"),
  `${JSON.stringify(configurationJsonSchema(), null, 2)}\n`,
);
writeFileSync(
  path.join(root, "media/selmix.editor.schema.json"),
  `${JSON.stringify(editorSchema(configurationJsonSchema()), null, 2)}\n`,
);
writeFileSync(path.join(root, "docs/selmix-json.md"), configurationReference());
