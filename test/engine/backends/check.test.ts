import { getKernel, registerKernel, unregisterKernel } from "@tensorflow/tfjs-core";
import { afterEach, describe, expect, it } from "vitest";
import { backendNames } from "../../../src/engine/backends/backend.ts";
import { checkNumbers } from "../../../src/engine/backends/check.ts";
import { chooseBackend } from "../../../src/engine/backends/index.ts";

const portable = backendNames.filter((name) => name === "wasm" || name === "cpu");

describe("comparing a backend with plain loops", () => {
  it.each(portable)("%s is right", async (name) => {
    const { record, compute } = await chooseBackend({ forced: name });
    expect(record.device).not.toBe("");
    expect(record.why).toBe("chosen by you");
    await expect(checkNumbers(name, compute)).resolves.toBeUndefined();
  });

  describe("a kernel that is wrong", () => {
    const kernelOf = (name: string) => {
      const found = getKernel(name, "cpu");
      if (!found) throw new Error(`no ${name} on cpu`);
      return found;
    };
    let restore = () => {};
    afterEach(() => restore());

    it.each([
      ["Sub", "Add"],
      ["Add", "Sub"],
      ["ArgMax", "ArgMin"],
    ])("is refused in one sentence: %s that does %s", async (name, other) => {
      const { compute } = await chooseBackend({ forced: "cpu" });
      const [right, wrong] = [kernelOf(name), kernelOf(other)];
      unregisterKernel(name, "cpu");
      registerKernel({ ...right, kernelFunc: wrong.kernelFunc });
      restore = () => {
        unregisterKernel(name, "cpu");
        registerKernel(right);
      };
      await expect(checkNumbers("cpu", compute)).rejects.toThrow(/^cpu computes wrong numbers here .*\.$/);
    });

    it("is refused where it is wrong for larger matrices only", async () => {
      const { compute } = await chooseBackend({ forced: "cpu" });
      const [right, wrong] = [kernelOf("Sub"), kernelOf("Add")];
      unregisterKernel("Sub", "cpu");
      registerKernel({
        ...right,
        kernelFunc: (call) => {
          const rows = call.inputs.a?.shape[0] ?? 0;
          return (rows > 64 ? wrong : right).kernelFunc(call);
        },
      });
      restore = () => {
        unregisterKernel("Sub", "cpu");
        registerKernel(right);
      };
      await expect(checkNumbers("cpu", compute)).rejects.toThrow();
    });
  });
});
