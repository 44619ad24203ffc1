/** The pages of the repository as a static site. A link that leads nowhere fails the build. */
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { defineConfig, type MarkdownRenderer } from "vitepress";
import { anchorOf, pageGroups, placeOf, root } from "../pages.ts";

const icon = `data:image/svg+xml;base64,${readFileSync(path.join(root, "media/icon.svg")).toString("base64")}`;
/** Files that pages link to and that are no pages, from the root of the repository. */
const linkedFiles = new Set<string>();

/** Links to a README lead to the index of its folder; other files are noted, to lie on the site as well. */
function followLinks(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push("follow-links", ({ tokens, env }) => {
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.attrGet("href");
      if (token.type !== "link_open" || href === null || /^(#|[a-z]+:)/.test(href)) continue;
      const [file = ""] = href.split("#");
      if (file.endsWith(".md")) token.attrSet("href", href.replace(/README\.md(?=#|$)/, "index.md"));
      else {
        // Without a target it would be taken for the name of a page.
        token.attrSet("target", "_blank");
        linkedFiles.add(path.join(path.dirname(env.relativePath), file));
      }
    }
  });
}

/** Indented code looks like fenced code. */
function frameCode(markdown: MarkdownRenderer): void {
  const { fence } = markdown.renderer.rules;
  markdown.renderer.rules.code_block = (tokens, at, ...rest) => {
    const token = tokens[at];
    if (token !== undefined) token.info = "";
    return fence?.(tokens, at, ...rest) ?? "";
  };
}

/** Pages lie beside the site's packages, not below them: what they import of Vue as they are rendered is left to Node. */
const findVue = {
  name: "find-vue",
  enforce: "pre",
  resolveId: (name: string, _importer: string | undefined, { ssr }: { ssr?: boolean }) =>
    ssr && /^vue(\/|$)/.test(name) ? { id: name, external: true } : null,
} as const;

/** A formula in a box of its own, which may be narrower than it. */
function boxFormulas(markdown: MarkdownRenderer): void {
  const { math_block: formula } = markdown.renderer.rules;
  markdown.renderer.rules.math_block = (...token) =>
    `<div class="formula">${formula?.(...token) ?? ""}</div>`;
}

export default defineConfig({
  title: "SelMix",
  description: "Tunes a trained classifier's last layer for its worst class, for bounds and for groups.",
  srcDir: root,
  srcExclude: ["media/**", "python/**", "site/**", "test/**"],
  rewrites: (page) => `${placeOf(page)}.md`,
  ignoreDeadLinks: false,
  lastUpdated: false,
  vite: { plugins: [findVue] },
  head: [["link", { rel: "icon", href: icon }]],
  markdown: {
    math: true,
    anchor: { slugify: anchorOf },
    config(markdown) {
      followLinks(markdown);
      frameCode(markdown);
      boxFormulas(markdown);
    },
  },
  themeConfig: {
    logo: icon,
    search: { provider: "local" },
    outline: [2, 3],
    nav: [
      { text: "Pages", link: "/docs/" },
      { text: "Method", link: "/docs/method" },
      { text: "Changes", link: "/CHANGELOG" },
    ],
    sidebar: pageGroups().map(({ text, items }) => ({
      text,
      items: items.map((item) => ({ text: item.text, link: `/${placeOf(item.page)}` })),
    })),
  },
  buildEnd({ outDir }) {
    for (const file of linkedFiles) {
      const target = path.join(outDir, file);
      mkdirSync(path.dirname(target), { recursive: true });
      copyFileSync(path.join(root, file), target);
    }
  },
});
