/** Texts that leave this machine: without where it keeps things. */
import type { RunSnapshot } from "../protocol/panels.ts";

/** The folders above a file, the nearest first; not the root, with which any path may begin. */
function foldersAbove(file: string): string[] {
  const ends = [...file.matchAll(/[\\/]/g)].map(({ index }) => index + 1);
  return ends
    .map((end) => file.slice(0, end))
    .filter((folder) => /[^\\/]/.test(folder))
    .reverse();
}

/**
 * A function that shortens the paths in a text. What lies beside the configuration is named from there; of other paths goes what
 * they share with those that the run is known to use.
 */
export function withoutPlaces({ run, result, runFolder }: RunSnapshot): (text: string) => string {
  const [own = [], ...others] = [run.configurationPath, run.checkpoint, result?.output ?? "", runFolder].map(
    foldersAbove,
  );
  const [beside, ...above] = own;
  const elsewhere = [...above, ...others.flat()].toSorted((a, b) => b.length - a.length);
  const places = [...new Set([...(beside === undefined ? [] : [beside]), ...elsewhere])];
  if (places.length === 0) return (text) => text;
  const literal = places.map((folder) => folder.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  // A path begins where no other goes on.
  const place = new RegExp(`(?<![\\w.~/\\\\-])(?:${literal.join("|")})`, "g");
  return (text) => text.replace(place, "");
}
