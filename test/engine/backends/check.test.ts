import { getKernel, registerKernel, unregisterKernel } from "@tensorflow/tfjs-core";
import { afterEach, describe, expect, it } from "vitest";
import { backendNames } from "../../../src/engine/backends/backend.ts";
import { checkNumbers } from "../../../src/engine/backends/check.ts";
import { chooseBackend } from "../../../src/engine/backends/index.ts";

const portable = backendNames.filter((name) => name === "wasm" || name === "cpu");

describe("comparing a backend with plain loops", () => {
  it.each(portable)("%s is right", async (name) => {
    const { device, why } = await chooseBackend({ forced: name });
    expect(device).not.toBe("");
    expect(why).toBe("chosen by you");
    await expect(checkNumbers(name)).resolves.toBeUndefined();
  });

  describe("a kernel that is wrong", () => {
    const kernelOf = (name: string) => {
      const found = getKernel(name, "cpu");
      if (!found) throw new Error(`no ${name} on cpu`);
      return found;
    };
    let restore = () => {};
    afterEach(() => restore());

    it("is refused in one sentence", async () => {
      await chooseBackend({ forced: "cpu" });
      const [exponential, negative] = [kernelOf("Exp"), kernelOf("Neg")];
      unregisterKernel("Exp", "cpu");
      registerKernel({ ...exponential, kernelFunc: negative.kernelFunc });
      restore = () => {
        unregisterKernel("Exp", "cpu");
        registerKernel(exponential);
      };
      await expect(checkNumbers("cpu")).rejects.toThrow(/^cpu computes wrong numbers here .*\.$/);
    });
  });
});
