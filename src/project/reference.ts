/** The reference of selmix.json for people, in Markdown, from the same schema that checks it. */
import * as z from "zod";
import { configurationJsonSchema } from "./configurationJsonSchema.ts";

const node = z.object({
  type: z.string().optional(),
  description: z.string().optional(),
  default: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).optional(),
  items: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
});

/** A table with a row per key. */
export function configurationReference(): string {
  return [
    "# selmix.json",
    "",
    "JSON with comments and trailing commas. Unknown keys are errors. Paths are relative to the file and may not leave the",
    "workspace unless that is allowed (`--allow-outside`, or the setting). Written by `npm run schema`.",
    "",
    "| key | value | default | meaning |",
    "|---|---|---|---|",
    ...rows(configurationJsonSchema(), ""),
    "",
  ].join("\n");
}

/** @param isWay whether it is one way of several to say a thing, of which none has to be */
function rows(schema: unknown, prefix: string, isWay = false): string[] {
  const { properties = {}, required = [] } = node.parse(schema);
  return Object.entries(properties).flatMap(([name, inner]) => {
    const parsed = node.parse(inner);
    const key = `${prefix}${name}`;
    const fallback = required.includes(name) && !isWay ? "required" : defaultOf(parsed.default);
    const row = `| \`${key}\` | ${kindOf(inner)} | ${fallback} | ${escaped(parsed.description ?? "")} |`;
    const isList = parsed.items !== undefined && !Array.isArray(parsed.items);
    const items = isList ? rows(parsed.items, `${key}[].`) : [];
    const ways = (parsed.anyOf ?? []).flatMap((way) => rows(way, `${key}.`, true));
    return [row, ...(parsed.properties ? rows(inner, `${key}.`) : items), ...ways];
  });
}

function kindOf(schema: unknown): string {
  const { type, enum: values, anyOf, items } = node.parse(schema);
  if (values) return values.map((value) => `\`${value}\``).join(", ");
  if (anyOf) return anyOf.map(kindOf).join(" or ");
  if (Array.isArray(items)) return `[${items.map(kindOf).join(", ")}]`;
  if (type === "array") return `list of ${items === undefined ? "values" : kindOf(items)}`;
  return { integer: "whole number", string: "text", boolean: "true or false" }[type ?? ""] ?? type ?? "";
}

/** Defaults of whole objects are shown at their keys. */
function defaultOf(value: unknown): string {
  return value === undefined || (typeof value === "object" && !Array.isArray(value))
    ? ""
    : `\`${JSON.stringify(value)}\``;
}

/** Placeholders in code: to Markdown `<output>` would be a tag. */
function escaped(text: string): string {
  return text.replaceAll("|", "\\|").replace(/\$\{\w+\}|<\w+>[\w.]*\w/g, "`$&`");
}
