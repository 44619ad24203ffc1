/** The page of a checkpoint: its tree, what it says, and what it asks of the host. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Branch, found, treeOf } from "../../src/webview/checkpoint/tree.ts";
import { normsSentence, tensorSentence } from "../../src/webview/checkpoint/words.ts";
import { launchChromium, PanelPage, themeNames } from "../support/chromium.ts";
import { headRows, inspected, resnet, tensor } from "./inspected.ts";
import { expectAccessible } from "./openPanel.ts";

const lines = ({ branches, tensors }: Branch, indent = ""): string[] => [
  ...branches.flatMap((branch) => [
    `${indent}${branch.label} ${branch.count}`,
    ...lines(branch, `${indent} `),
  ]),
  ...tensors.map(({ label }) => `${indent}${label}`),
];

describe("the tree", () => {
  it("follows the parts of names; what has one way on is one step; nothing is lost", () => {
    expect(lines(treeOf([tensor("a.b.c.weight"), tensor("a.b.c.bias"), tensor("d")]))).toEqual([
      ...["a.b.c 2", " weight", " bias", "d"],
    ]);
    const whole = treeOf(resnet);
    expect(whole.count).toBe(resnet.length);
    expect(lines(whole)).toContain("layer1 4");
    const leaves = (branch: Branch): string[] => [
      ...branch.tensors.map(({ tensor: { name } }) => name),
      ...branch.branches.flatMap(leaves),
    ];
    expect(leaves(whole).sort()).toEqual(resnet.map(({ name }) => name).sort());
  });

  it("takes odd names: empty parts, slashes, one inside another", () => {
    expect(lines(treeOf([tensor(""), tensor("a..b"), tensor("m/n"), tensor("a")])).length).toBeGreaterThan(3);
    expect(treeOf([tensor("a"), tensor("a.b")]).tensors.map(({ label }) => label)).toEqual(["a", "a.b"]);
    const endless = "a.".repeat(100_000);
    expect(treeOf([tensor(`${endless}b`), tensor(`${endless}c`)]).count).toBe(2);
  });

  it("is looked through by all words: names, shapes, types", () => {
    expect(found(resnet, "LAYER2 bn1").map(({ name }) => name)).toEqual([
      "layer2.0.bn1.bias",
      "layer2.1.bn1.bias",
    ]);
    expect(found(resnet, "f16 10").map(({ name }) => name)).toEqual(["fc.bias"]);
    expect(found(resnet, "10x512")).toHaveLength(1);
  });
});

describe("the words", () => {
  const told = {
    tensor: "a",
    total: 6,
    ...{ seen: 6, spread: false },
    notFinite: 0,
    zeros: 3,
    mean: 0.5,
    deviation: 1.25,
    low: -1,
    high: 2,
  };

  it("say what numbers are like, of how many, and what is broken", () => {
    expect(tensorSentence(told)).toMatch(/^−1 to 2, mean 0\.5, deviation 1\.25; 50\.0.% are 0$/);
    expect(tensorSentence({ ...told, zeros: 0, total: 12 })).toContain("(of the first 6 of 12 numbers)");
    expect(tensorSentence({ ...told, total: 12, spread: true })).toContain(
      "(of 6 of 12 numbers, from end to end)",
    );
    expect(tensorSentence({ ...told, notFinite: 1 })).toContain("1 number is NaN or infinite");
    expect(tensorSentence({ ...told, mean: null, notFinite: 6 })).toMatch(/^no finite number/);
  });

  it("say whether frequent classes have the longer rows, only where samples are known", () => {
    const rows = (norms: number[], samples: (number | null)[]) => ({
      rows: norms.map((norm, at) => ({ class: `${at}`, norm, bias: null, samples: samples[at] ?? null })),
    });
    expect(normsSentence(rows([3, 2, 1, 0.5], [100, 50, 10, 2]))).toContain("leans towards them");
    expect(normsSentence(rows([0.5, 1, 2, 3], [100, 50, 10, 2]))).toContain(
      "Rare classes have the longer rows",
    );
    expect(normsSentence(rows([1, 2], [null, null]))).not.toContain("rank correlation");
  });
});

describe("the page", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  const open = async (options = {}, change: object = {}) => {
    const page = await PanelPage.open(browser, "checkpoint", options);
    await page.waitForPosted("ready");
    await page.send({
      type: "inspected",
      name: "epoch.pt",
      bytes: 1e10,
      inspected,
      followed: true,
      ...change,
    });
    return page;
  };

  it.each(themeNames)("shows the head, its classes, and the tensors (%s)", async (theme) => {
    const page = await open({ theme });
    await page.send({ type: "head", head: headRows });
    await page.page.getByText("pytorch, 11 tensors, 10.0 GB").waitFor();
    await page.page.getByText(/Why: it fits features and labels/).waitFor();
    await page.page.getByRole("row", { name: /melanoma/ }).waitFor();
    await page.page.getByText("leans towards them").waitFor();
    await expectAccessible(page);
    await page.screenshot(theme, "checkpoint");
    expect(await page.problems()).toEqual([]);
    await page.close();
  });

  it("asks for a tensor's numbers once, and shows them under it", async () => {
    const page = await open();
    const line = page.page.getByRole("button", { name: /^weight \(head\)/ });
    await line.click();
    expect(await page.waitForPosted("tensor")).toMatchObject({ tensor: "fc.weight" });
    await line.click();
    const told = {
      tensor: "fc.weight",
      total: 6,
      ...{ seen: 6, spread: false },
      notFinite: 0,
      zeros: 0,
      mean: 0,
      deviation: 1,
      low: -1,
      high: 2,
    };
    await page.send({ type: "tensor", told });
    await page.page.getByText("−1 to 2, mean 0").waitFor();
    expect((await page.posted()).filter(({ type }) => type === "tensor")).toHaveLength(1);
    await page.close();
  });

  it("finds tensors, and is quick with a hundred thousand", async () => {
    const many = Array.from({ length: 100_000 }, (_, at) =>
      tensor(`blocks.${at % 500}.experts.${Math.floor(at / 500)}.w`),
    );
    const page = await open({}, { inspected: { ...inspected, tensors: many } });
    await page.page.getByText("100,000 tensors; a click").waitFor();
    expect(await page.page.locator(".leaf").count()).toBe(0);
    await page.page.getByRole("searchbox").fill("blocks.499.experts.199");
    await page.page.getByText("1 of 100,000 tensors.").waitFor();
    expect(await page.page.locator(".leaf").count()).toBe(1);
    await page.close();
  });

  it("offers to measure and tune only what a configuration names, and says why a file cannot be read", async () => {
    const page = await open();
    await page.page.getByRole("button", { name: "Evaluate" }).click();
    expect(await page.waitForPosted("act")).toMatchObject({ action: "evaluate" });
    await page.send({ type: "failed", message: "epoch.pt is cut short; save it again." });
    await page.page.getByRole("alert").getByText("cut short").waitFor();
    await page.close();
    const other = await open({}, { followed: false });
    await other.page.getByText("pytorch, 11 tensors").waitFor();
    expect(await other.page.getByRole("button", { name: "Evaluate" }).count()).toBe(0);
    await other.close();
  });
});
