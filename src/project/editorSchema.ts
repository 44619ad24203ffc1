/**
 * The schema of selmix.json for the editor's completion and hovers alone: nothing fails it. What is wrong is told once, in our own
 * words and with a fix, by `checkConfiguration`; the schema proper would tell it again.
 */
type Schema = { readonly [key: string]: unknown };

const told = ["description", "default", "title", "enumDescriptions", "defaultSnippets"];

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The same schema, which accepts anything; comments and trailing commas are no mistakes. */
export function editorSchema(schema: object): object {
  return { ...loosened({ ...schema }), allowComments: true, allowTrailingCommas: true };
}

function loosened(schema: Schema): Schema {
  const words = Object.fromEntries(Object.entries(schema).filter(([key]) => told.includes(key)));
  const { properties, items } = schema;
  if (isSchema(properties)) {
    const inner = Object.entries(properties).flatMap(([name, one]) =>
      isSchema(one) ? [[name, loosened(one)]] : [],
    );
    return { ...words, properties: Object.fromEntries(inner) };
  }
  if (isSchema(items) && isSchema(items.properties)) return { ...words, items: loosened(items) };
  const { description: _, default: __, ...rest } = schema;
  return { ...words, anyOf: [...(Array.isArray(rest.anyOf) ? rest.anyOf : [rest]), {}] };
}
