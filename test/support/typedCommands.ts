/** What the pages tell people to type. */
import { globSync, readFileSync } from "node:fs";

export interface TypedCommand {
  readonly page: string;
  /** As it stands there, without what is said beside it. */
  readonly line: string;
  readonly words: readonly string[];
  /** Whether it stands on a line of its own to be copied, and not within a sentence. */
  readonly own: boolean;
}

export const pages = [
  ...globSync("*.md"),
  ...globSync(["docs/**/*.md", "bench/**/*.md", "examples/**/*.md", "python/*.md"]),
];

/** Without a comment, or what stands two blanks beside it, or where its output goes. */
const bare = (line: string) => line.replace(/ {2,}.*| #.*| >> .*/, "").trim();

const typed = (page: string, text: string, own: boolean): TypedCommand => {
  const line = bare(text);
  return { page, line, words: line.replaceAll(/["']/g, "").split(" "), own };
};

/** Every command of some programs, in the order of the pages: in blocks, and in sentences. */
export function typedCommands(programs: string): TypedCommand[] {
  const ofBlock = new RegExp(`^(?: {4}|- run: npx |)((?:${programs}) .+)$`, "gm");
  const ofSentence = new RegExp(`(?<!^\`\`)\`((?:${programs}) [^\`\\n]+)\``, "gm");
  return pages.flatMap((page) => {
    // A line that ends in a backslash goes on.
    const text = readFileSync(page, "utf8").replaceAll(/ *\\\n */g, " ");
    const blocks = text.match(/^```\w*[^\n]*\n[\s\S]*?^```$|^ {4}.*$/gm) ?? [];
    const own = blocks.flatMap((block) => [...block.matchAll(ofBlock)]);
    const said = text.replaceAll(/^```[\s\S]*?^```$/gm, "").matchAll(ofSentence);
    return [
      ...own.flatMap(([, line = ""]) => line.split(" && ").map((one) => typed(page, one, true))),
      ...[...said].map(([, line = ""]) => typed(page, line, false)),
    ];
  });
}
