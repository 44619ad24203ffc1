/**
 * A training loop that saves over its checkpoint in place, as torch.save does: emptied, then written piece by piece. Each
 * save holds its own number everywhere. Ends when its parent closes the pipe.
 */
import { closeSync, openSync, writeSync } from "node:fs";
import { encodeFloats } from "../../src/files/numbers.ts";
import { makeSafetensors } from "../files/makeSafetensors.ts";
import { makeZip } from "../files/makeZip.ts";
import { pickledState } from "./pytorch/makePickle.ts";

const [file = ""] = process.argv.slice(2);
const pieceBytes = 16 * 1024;
const pause = new Int32Array(new SharedArrayBuffer(4));
process.stdin.on("end", () => process.exit()).resume();

const numbers = (count: number, value: number) => new Float32Array(count).fill(value);

const pickle = pickledState([
  ["fc.weight", "FloatStorage", [32, 1024]],
  ["fc.bias", "FloatStorage", [32, 1]],
]);

function checkpoint(save: number): Uint8Array {
  if (file.endsWith(".pt")) {
    return makeZip([
      { name: "a/data.pkl", bytes: pickle },
      { name: "a/data/0", bytes: encodeFloats("F32", numbers(32 * 1024, save)) },
      { name: "a/data/1", bytes: encodeFloats("F32", numbers(32, save)) },
    ]);
  }
  return makeSafetensors({
    "fc.weight": { dtype: "F32", shape: [32, 1024], values: [...numbers(32 * 1024, save)] },
    "fc.bias": { dtype: "F32", shape: [32], values: [...numbers(32, save)] },
  });
}

let save = 0;
function again(): void {
  save += 1;
  const bytes = checkpoint(save);
  const target = openSync(file, "w");
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    writeSync(target, bytes.subarray(at, at + pieceBytes));
    if (save % 2 === 0) Atomics.wait(pause, 0, 0, 1);
  }
  closeSync(target);
  setTimeout(again, (save % 6) * 12);
}
again();
