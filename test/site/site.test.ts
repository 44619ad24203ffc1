/** The pages as a static site: it is built, has every page that docs/README.md lists, and each of its links leads somewhere. */
import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { beforeAll, expect, it } from "vitest";
import { pageGroups, placeOf } from "../../site/pages.ts";

const dist = path.resolve("site/.vitepress/dist");
const listed = pageGroups().flatMap(({ items }) => items.map(({ page }) => page));

beforeAll(() => {
  rmSync(dist, { recursive: true, force: true });
  const { status, stdout, stderr } = spawnSync("npm", ["run", "site"], {
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  expect(status, `${stdout}\n${stderr}`).toBe(0);
});

const read = (file: string) => readFileSync(path.join(dist, file), "utf8");
const pagesBuilt = () => globSync("**/*.html", { cwd: dist });
/** Values of some attributes in a page, in the order they stand there. */
const valuesOf = (html: string, attributes: string) =>
  [...html.matchAll(new RegExp(` (?:${attributes})="([^"]*)"`, "g"))].map(([, value = ""]) =>
    decodeURI(value.replaceAll("&amp;", "&")),
  );

it("is made by code that is checked", () => {
  const { status, stdout } = spawnSync("npx", ["tsc", "--noEmit", "-p", "site"], {
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  expect([status, stdout]).toEqual([0, ""]);
});

it("has every page of the list", () => {
  expect(listed.length).toBeGreaterThan(25);
  expect(listed.filter((page) => !existsSync(path.join(dist, `${placeOf(page)}.html`)))).toEqual([]);
});

it("lists them in the sidebar of every page", () => {
  const links = valuesOf(read("docs/method.html"), "href");
  expect(listed.filter((page) => !links.includes(`/${placeOf(page)}.html`))).toEqual([]);
});

/** The file that a link of a page leads to; a folder's is its index. */
function targetOf(page: string, link: string): string {
  const file = link.startsWith("/") ? link.slice(1) : path.posix.join(path.posix.dirname(page), link);
  return file === "" || file.endsWith("/") ? `${file}index.html` : file;
}

it("has no link, anchor or picture that leads nowhere", () => {
  const anchors = new Map(pagesBuilt().map((page) => [page, new Set(valuesOf(read(page), "id"))]));
  const broken = pagesBuilt().flatMap((page) => {
    const own = valuesOf(read(page), "href|src").filter((link) => !/^[a-z]+:/.test(link));
    expect(own.length).toBeGreaterThan(3);
    return own.flatMap((link) => {
      const [file = "", anchor] = link.split("#");
      const target = file === "" ? page : targetOf(page, file);
      const leads = existsSync(path.join(dist, target)) && (!anchor || anchors.get(target)?.has(anchor));
      return leads ? [] : [`${page}: ${link}`];
    });
  });
  expect(broken).toEqual([]);
});

it("draws the formulas of the method, and leaves none as it is written", () => {
  const html = read("docs/method.html");
  const written = readFileSync("docs/method.md", "utf8").match(/\\tag\{/g) ?? [];
  expect(html.match(/<mjx-container[^>]* display="true"/g)?.length).toBe(written.length);
  expect(html).not.toMatch(/\$\$|\\tag|data-mjx-error/);
});

it("finds pages by their words", () => {
  const index = globSync("assets/chunks/@localSearchIndexroot.*.js", { cwd: dist });
  expect(index.length).toBe(1);
  expect(read(index[0] ?? "")).toContain("docs/proof.html#the-certificate");
});
