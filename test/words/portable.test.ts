import { expect, it } from "vitest";
import { withoutPlaces } from "../../src/words/portable.ts";
import { syntheticRun } from "../webview/syntheticRun.ts";

function shortened(paths: { configurationPath: string; checkpoint: string }, text: string): string {
  const snapshot = syntheticRun({ classes: 2, cycles: 1 });
  return withoutPlaces({ ...snapshot, runFolder: "", result: null, run: { ...snapshot.run, ...paths } })(
    text,
  );
}
const own = { configurationPath: "/home/ada/skin/selmix.json", checkpoint: "/home/ada/skin/out/best.pt" };

it.each([
  ["/home/ada/skin/out/best.pt and /home/ada/skin/test.npz", "out/best.pt and test.npz"],
  ["/home/ada/other/test.npz is read", "other/test.npz is read"],
  ["classes /m/01g317 and a/home/ada/skin/b stay", "classes /m/01g317 and a/home/ada/skin/b stay"],
  ["(/home/ada/skin/a.csv)", "(a.csv)"],
])("%s", (text, expected) => {
  expect(shortened(own, text)).toBe(expected);
});

it("shortens paths of Windows", () => {
  const windows = { configurationPath: "C:\\Users\\ada\\selmix.json", checkpoint: "D:\\runs\\best.pt" };
  expect(shortened(windows, "C:\\Users\\ada\\a.npz, D:\\runs\\best.pt")).toBe("a.npz, best.pt");
});
