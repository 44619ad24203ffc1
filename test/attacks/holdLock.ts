/** Takes a lock so many times, adds one to the number in a file while it has it, and holds it when there is no file. */
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { holdLocks } from "../../src/files/locks.ts";

const [name = "", count = "1", file = ""] = process.argv.slice(2);
if (file === "") {
  const release = await holdLocks([name], { what: "holds it" });
  process.send?.("held");
  process.once("message", () => {
    release();
    process.disconnect();
  });
} else {
  process.send?.("begins");
  for (let i = 0; i < Number(count); i++) {
    const release = await holdLocks([name], { what: "counts" });
    const number = Number(readFileSync(file, "utf8"));
    await setTimeout(1);
    writeFileSync(file, `${number + 1}`);
    release();
  }
  process.disconnect();
}
