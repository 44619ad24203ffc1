/** Text that is safe to put into a place that reads some of it as commands. Its type says which place. */

declare const sink: unique symbol;

/** Text for one sink. Only that sink's own functions make it, so what was not escaped does not compile. */
export type Safe<Sink extends string> = string & { readonly [sink]: Sink };

/** How a sink is written to. */
export interface Writer<Sink extends string> {
  /** A template whose own text is trusted; what is put into it is safe already, or a number. */
  (trusted: TemplateStringsArray, ...values: readonly (Safe<Sink> | number)[]): Safe<Sink>;
  /** Any text, escaped. */
  text(raw: string): Safe<Sink>;
  join(parts: readonly Safe<Sink>[], separator: Safe<Sink>): Safe<Sink>;
}

/** The writer of a sink, made once from its way to escape. */
export function writer<Sink extends string>(escaped: (raw: string) => string): Writer<Sink> {
  const safe = (text: string) => text as Safe<Sink>;
  const template = (trusted: TemplateStringsArray, ...values: readonly (Safe<Sink> | number)[]) =>
    safe(String.raw({ raw: trusted }, ...values));
  return Object.assign(template, {
    text: (raw: string) => safe(escaped(raw)),
    join: (parts: readonly Safe<Sink>[], separator: Safe<Sink>) => safe(parts.join(separator)),
  });
}
