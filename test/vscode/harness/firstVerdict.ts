/** The way of somebody new, from SelMix's view of a folder without a selmix.json to a verdict: once for the test, once to be timed. */
import type { Window } from "./window.ts";

/** Each is a click, or an answer that Enter gives. */
export const actionsToVerdict = 4;

/** Does nothing else than a person would have to. Resolves when the verdict stands in the view. */
export async function toFirstVerdict(window: Window): Promise<void> {
  const view = await window.webview("selmix-tuning");
  await view.getByRole("button", { name: "Create Configuration" }).click();
  await window.quickInput.getByText("numbered from 0").waitFor();
  await window.enter("dark skin, light skin");
  await window.pick("suggested");
  await window.answer(await window.notification("selmix.json is ready"), "Tune Now");
  await view.getByTestId("last-run").getByText("Use", { exact: false }).first().waitFor();
}

/**
 * Counts what a person does in every page that is there: clicks, and Enter. Returns how many there were since. A driven VS Code shows no
 * toasts: the bell, which opens them, stands for nothing that a person does.
 */
export async function countActions(window: Window): Promise<() => number> {
  let count = 0;
  await window.page.exposeFunction("selmixActed", () => {
    count += 1;
  });
  const listen = () => {
    const acted = (event: Event) => {
      const isAnswer = !(event instanceof KeyboardEvent) || event.key === "Enter";
      const isBell = event.target instanceof Element && event.target.closest(".statusbar") !== null;
      if (event.isTrusted && isAnswer && !isBell)
        (globalThis as unknown as { selmixActed(): void }).selmixActed();
    };
    for (const type of ["pointerdown", "keydown"]) addEventListener(type, acted, true);
  };
  await Promise.all(window.page.frames().map((frame) => frame.evaluate(listen).catch(() => undefined)));
  return () => count;
}
