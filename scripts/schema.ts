/** Writes what is said of selmix.json and of the command line elsewhere from their own tables: schemas for editors, pages for people. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { commandReference } from "../src/cli/reference.ts";
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
writeFileSync(path.join(root, "docs/command-line.md"), commandReference());
