/** selmix.json for editors. */
import * as z from "zod";
import { configurationSchema } from "./configuration.ts";

/** The JSON schema that gives completion, hovers and errors in the editor. */
export function configurationJsonSchema(): object {
  return {
    ...z.toJSONSchema(configurationSchema, { io: "input", target: "draft-7" }),
    title: "SelMix configuration",
  };
}
