/** What a grid is offered to be made of in the editor, and how many tunes that is said to be. */
import { expect, it } from "vitest";
import { combinationsText, seedChoices, sweepingText, tunesOf } from "../../src/extension/gridChoices.ts";

it("says of each number of seeds how many tunes it comes to, and about how long they take", () => {
  const choices = seedChoices(6, 4, 2.5);
  expect(choices.map(({ label, description }) => [label, description])).toEqual([
    ["1 seed", "6 tunes, about 15 s"],
    ["3 seeds", "18 tunes, about 45 s"],
    ["5 seeds", "30 tunes, about 75 s"],
    ["10 seeds", "60 tunes, about 3 min"],
    ["20 seeds", "120 tunes, about 5 min"],
  ]);
  for (const { label, seeds } of choices) expect(`${seeds.length}`).toBe(label.split(" ")[0]);
});

it("begins with the seed of selmix.json, so that its own tune is among them", () => {
  const [one, three] = seedChoices(1, 4, null);
  expect([one?.seeds, one?.detail, one?.description]).toEqual([[4], "Seed 4", "1 tune"]);
  expect(three?.seeds).toEqual([4, 5, 6]);
  expect(three?.detail).toContain("Seeds 4 to 6");
});

it("counts every combination, and checkpoints only where there are some to choose", () => {
  const choice = { objectives: ["minRecall", "hMean"], seeds: [0, 1, 2], checkpoints: ["a", "b"] };
  expect(tunesOf(choice)).toBe(12);
  expect(sweepingText(choice)).toBe("Sweeping a grid of 12 tunes");
  expect(sweepingText({ objectives: ["hMean"], seeds: [0], checkpoints: null })).toBe(
    "Sweeping a grid of 1 tune",
  );
  expect(combinationsText(2, 3)).toBe("2 objectives, 3 checkpoints");
  expect(combinationsText(1, null)).toBe("1 objective");
});
