/** The measured part of RESULTS.md: tables of rows and profiles, with the date and the device. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { BackendRecord } from "../src/protocol/records.ts";
import type { Row } from "./measure.ts";
import type { Profile } from "./profile.ts";

/** What was measured on one backend. */
export interface BackendResults {
  readonly backend: BackendRecord;
  readonly software: boolean;
  readonly rows: readonly Row[];
  readonly profiles: readonly Profile[];
}

const file = path.join(import.meta.dirname, "RESULTS.md");
const marks = ["<!-- measured: npm run bench -- --markdown -->", "<!-- end of measured -->"] as const;

function table(columns: readonly string[], lines: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    line(columns),
    line(columns.map((_unused, at) => (at === 0 ? "---" : "--:"))),
    ...lines.map(line),
  ].join("\n");
}

function number(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(value >= 0.1 ? 2 : 3);
}

function rowTable(rows: readonly Row[]): string {
  return table(
    ["what", "measured", "beside it, in the same run", "ratio"],
    rows.map(({ name, value, unit, peer, ratio }) => [
      name,
      `${number(value)} ${unit}`,
      peer === undefined ? "" : `${peer.name}: ${number(peer.value)}`,
      ratio === undefined ? "" : ratio.toFixed(2),
    ]),
  );
}

/** A profile's parts, the whole as its row says, and what is left of it. */
function profileLines({ rows, profiles }: BackendResults): string {
  return profiles
    .map(({ name, parts }) => {
      const whole = rows.find((row) => row.name === `${name} time`)?.value ?? 0;
      const sum = parts.reduce((total, { milliseconds }) => total + milliseconds, 0);
      const each = parts.map((part) => `${part.name} ${number(part.milliseconds)}`);
      return `- ${name}, ${number(whole)} ms: ${each.join(", ")}; all else ${number(Math.max(whole - sum, 0))}`;
    })
    .join("\n");
}

function section(results: BackendResults): string {
  const { backend, software, rows, profiles } = results;
  const heading = `### ${backend.name}, on ${backend.device}${software ? " (a software device)" : ""}`;
  const parts = profiles.length > 0 ? [`Where the time goes, in ms:\n\n${profileLines(results)}`] : [];
  return [heading, rowTable(rows), ...parts].join("\n\n");
}

/** Replaces the measured part of RESULTS.md. @throws Error when its marks are gone */
export function writeResults(results: readonly BackendResults[], rest: readonly Row[]): string {
  const text = readFileSync(file, "utf8");
  const [from, to] = marks.map((mark) => text.indexOf(mark));
  if (from < 0 || to < from) throw new Error(`${file} has lost the marks around its measured part.`);
  const [load] = os.loadavg();
  const about = `Measured on ${new Date().toISOString().slice(0, 10)} on ${os.cpus().length} cores of ${os.cpus()[0]?.model ?? os.arch()}, Node ${process.versions.node}, load ${load.toFixed(1)} at the end.`;
  const measured = [marks[0], about, ...results.map(section), "### The whole command", rowTable(rest)];
  const temporary = `${file}.tmp`;
  writeFileSync(temporary, `${text.slice(0, from)}${measured.join("\n\n")}\n\n${text.slice(to)}`);
  renameSync(temporary, file);
  return file;
}
