/** Small files of our own that hold JSON, read as what they may be: whoever wrote them. */
import type * as z from "zod";
import { readSmallText } from "./regular.ts";

/** What a file says; null where it is not there, too large, or says nothing that the schema knows. @param most bytes */
export function readJson<T>(file: string, most: number, schema: z.ZodType<T>): T | null {
  try {
    return schema.safeParse(JSON.parse(readSmallText(file, most))).data ?? null;
  } catch {
    return null;
  }
}
