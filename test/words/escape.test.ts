/** Hostile names, through every place that text leaves for. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { code, markdown, markdownTable } from "../../src/words/escape/markdown.ts";
import { csv, html, label, notification, terminal, terminalJson } from "../../src/words/escape/sinks.ts";
import { visible } from "../../src/words/escape/visible.ts";
import { named } from "../../src/words/names.ts";

const hostile = [
  "\u001b[31mred\u001b]0;title\u0007\u001b[2J",
  "\u009b31mC1",
  "\u202egnp.exe",
  "\u2066\u2069\u2069 unbalanced \u2068",
  "zero\u200bwidth\ufeff\u00ad\u{e0041}",
  "two\r\nlines\u2028three",
  "[Show details](command:workbench.action.terminal.sendSequence?%5B%5D)",
  "[x](javascript:alert(1))",
  "![x](https://example.com/x.png)",
  "=cmd|' /C calc'!A0",
  "\r=1+1",
  " \t=1+1",
  "+1",
  "-1",
  "@SUM(A1)",
  "<img src=x onerror=alert(1)>",
  '"><script>alert(1)</script>',
  "' onload='alert(1)",
  "`code` **bold** _it_ ~~gone~~ $x^2$ &lt;",
  "# heading",
  "1. item",
  "$(trash) Delete",
  "a|b",
  "\ud800 lone \udc00",
  "x".repeat(10_000),
  "https://example.com www.example.com",
];
const anything = fc.oneof(fc.constantFrom(...hostile), fc.string({ unit: "binary" }));
/** Characters that a reader does not see, or that act: after escaping there are none. */
const unseen = /[\p{Cc}\p{Cs}\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/u;

describe("what is made visible", () => {
  it("has nothing left that hides or acts, and keeps what can be seen", () => {
    fc.assert(
      fc.property(anything, (name) => {
        const told = visible(name);
        expect(told.replace(/[\u200c\u200d]|\u2068[^\u2066-\u2069]*\u2069/g, "")).not.toMatch(unseen);
        if (/^[\x20-\x7e]*$/.test(name)) expect(told).toBe(name);
      }),
    );
  });

  it("spells out what is hidden", () => {
    expect(visible("a\u202eb\nc\u001b[1m\u{e0041}\ud800")).toBe(
      "a\\u{202e}b\\nc\\u{1b}[1m\\u{e0041}\\u{d800}",
    );
    expect(visible("pass\u200dword")).toBe("pass\\u{200d}word");
  });

  it("leaves writing systems and emoji as they are spelled", () => {
    for (const name of [
      "می\u200cخواهم",
      "क\u094d\u200dष",
      "👩\u200d🔬",
      "❤\ufe0f\u200d🔥",
      "日本",
      "e\u0301",
      "Ωmega",
      "שלום",
    ]) {
      expect(visible(name)).toBe(name);
    }
    expect(visible(named("שלום"))).toBe("\u2068שלום\u2069");
  });

  it("does not let a name out of what sets it apart", () => {
    expect(visible(named("שלום\u2069\u202e"))).toBe("\u2068שלום\u2069\\u{202e}\\u{2069}");
  });
});

describe("a terminal", () => {
  it("gets no control character and no hidden one, and one line", () => {
    fc.assert(
      fc.property(anything, (name) => {
        expect(terminal.text(name).replace(/[\u200c\u200d]/g, "")).not.toMatch(unseen);
      }),
    );
  });

  it("gets signs that every font has", () => {
    expect(terminal.text("28\u202f%\u00a0→\u00a0−3")).toBe("28\u00a0%\u00a0→\u00a0-3");
  });

  it("gets JSON of the same value", () => {
    fc.assert(
      fc.property(anything, (name) => {
        const line = terminalJson({ name, [name]: 1 });
        expect(line.slice(0, -1).replace(/[\u200c\u200d]/g, "")).not.toMatch(unseen);
        expect(JSON.parse(line.replaceAll("\u00a0", " "))).toEqual({ name, [name]: 1 });
      }),
    );
  });
});

describe("a notification", () => {
  /** What VS Code takes for a link (vs/base/common/linkedText). */
  const link = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/i;

  it("holds no link, whatever a file is called, and is not endless", () => {
    expect("[Show](command:x)").toMatch(link);
    fc.assert(
      fc.property(anything, (name) => {
        const told = notification.text(`${name}: worst class 28 %`);
        expect(told).not.toMatch(link);
        expect(told.length).toBeLessThanOrEqual(401);
        expect(told.isWellFormed()).toBe(true);
      }),
    );
  });
});

describe("a label", () => {
  it("has no icons but those of its template", () => {
    expect(label`$(sync) ${label.text("$(trash) x")}`).toBe("$(sync) \\$(trash) x");
  });
});

describe("CSV", () => {
  /** Cells of a line, as RFC 4180 has them. */
  function cells(line: string): string[] {
    return [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)]
      .slice(0, -1)
      .map(([, cell = ""]) => (cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell));
  }

  it("keeps a name, and guards what a spreadsheet would run", () => {
    fc.assert(
      fc.property(anything, (name) => {
        const line = csv.join([csv.text(name), csv`${1}`], csv`,`);
        const [cell = ""] = cells(line);
        expect([name.toWellFormed(), `'${name.toWellFormed()}`]).toContain(cell);
        expect(cell.trimStart()).not.toMatch(/^[=+\-@]/);
        expect(cell).not.toMatch(/^[\t\r]/);
      }),
    );
  });

  it("leaves names alone that only look a little like formulas", () => {
    for (const name of ["t-shirt", "a=b", "1e-3", "x@y"]) expect(csv.text(name)).toBe(name);
  });
});

describe("HTML", () => {
  it("stays text, in an element and in an attribute", () => {
    fc.assert(
      fc.property(anything, (name) => {
        expect(html.text(name)).not.toMatch(/[<>"']|&(?!#\d+;)/);
      }),
    );
  });
});

describe("Markdown", () => {
  it.each(hostile)("%j stays one line of text", (name) => {
    const told = markdown.text(name);
    expect(told).not.toMatch(/[\r\n]/);
    // No sign that begins something stands without a backslash before it; a list begins only where a space follows.
    expect(told).not.toMatch(/<|\]\(/);
    expect(told.replace(/\\.|&lt;/g, "")).not.toMatch(
      /[`*_[\]<|~&$]|:\/\/|^\s*(?:[-=#>]|(?:\+|\d+[.)])(?:\s|$))/,
    );
  });

  it("keeps a name in code within its fence and its cell", () => {
    expect(code("layer4.weight")).toBe("`layer4.weight`");
    expect(code("a`|``b")).toBe("``` a`\\|``b ```");
    const table = markdownTable([markdown`Name`], [[code("x\ny | z")], [markdown.text("a|b")]]);
    expect(table.split("\n")).toEqual(["| Name |", "| --- |", "| `x\\ny \\| z` |", "| a\\|b |"]);
  });
});

it("is asked for by type: what was not escaped for a place does not compile there (npm run check)", () => {
  const name: string = "<b>";
  // @ts-expect-error The name was not escaped.
  expect(terminal`${name}`).toBe(name);
  // @ts-expect-error It was escaped for another place.
  expect(html`${markdown.text(name)}`).not.toBe(html.text(name));
  // @ts-expect-error One of several was not.
  expect(terminal.join([terminal`a`, name], terminal`, `)).toBe("a, <b>");
  // @ts-expect-error Joining by other means forgets what was escaped.
  expect(html`${[html.text(name)].join("")}`).toBe("&#60;b&#62;");
});
