/** Everything behind activation, in a bundle of its own (dist/host.cjs): read when the window stands, not before. */
export { runCommand } from "./commands/index.ts";
export { type StartedApp, startApp } from "./start.ts";
