/** The reference of the command line for people, in Markdown, from the table that parses it. */
import { commandNames, commands, optionTable } from "./commandTable.ts";

/** A section per command, with a row per option. */
export function commandReference(): string {
  return [
    "# The command line",
    "",
    "`selmix <command> --help` says the same. `selmix policy`, for a training loop of your own, is [another page](whole-network.md).",
    "Exit status: 0 done (of a tune: a head to be used that keeps every bound), 1 failed, 2 bad usage or configuration, 3 done otherwise,",
    "130 stopped. Written by `npm run schema`.",
    "",
    ...commandNames.flatMap((name) => {
      const { usage, summary, options } = commands[name];
      return [
        `## ${name}`,
        "",
        summary,
        "",
        `    selmix ${usage}`,
        "",
        "| option | meaning |",
        "|---|---|",
        ...options.map((option) => {
          const { value, help } = optionTable[option];
          return `| \`--${option}${value === null ? "" : ` ${value.replaceAll("|", "\\|")}`}\` | ${help} |`;
        }),
        "",
      ];
    }),
  ].join("\n");
}
