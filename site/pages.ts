/** Which pages the site has, in which order, and how their headings are linked to: as docs/README.md and GitHub have it. */
import { readFileSync } from "node:fs";
import path from "node:path";

export const root = path.resolve(import.meta.dirname, "..");

export interface PageLink {
  readonly text: string;
  /** Of the Markdown file, from the root of the repository. */
  readonly page: string;
}

export interface PageGroup {
  readonly text: string;
  readonly items: readonly PageLink[];
}

/** With a capital, unless it begins with a name that has none: "selmix.json", "scikit-learn". */
const capital = (text: string) =>
  /^\w+[.-]/.test(text) ? text : text.slice(0, 1).toUpperCase() + text.slice(1);

/** The groups of pages that docs/README.md lists: a paragraph each, its name in bold. */
export function pageGroups(index = readFileSync(path.join(root, "docs/README.md"), "utf8")): PageGroup[] {
  return [...index.matchAll(/^\*\*(.+?)\*\*:([\s\S]*?)(?=\n\n|\n*$(?![\s\S]))/gm)].map(
    ([, text = "", list = ""]) => ({
      text,
      items: [...list.matchAll(/\[([^\]]+)\]\(([^)#\s]+\.md)\)/g)].map(([, name = "", link = ""]) => ({
        text: capital(name.replaceAll("\n", " ")),
        page: path.posix.join("docs", link),
      })),
    }),
  );
}

/** The anchor of a heading, as GitHub makes it, so that a link leads to the same place in both. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(/\s/g, "-");
}

/** Where a page lies on the site, without an ending: a README is the index of its folder. */
export function placeOf(page: string): string {
  return page.replace(/README\.md$/, "index.md").replace(/\.md$/, "");
}
