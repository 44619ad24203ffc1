/** The tables of a configuration: what is read is never written over, whatever it is read for. */
import { expect, it } from "vitest";
import { configurationSchema } from "../../src/project/configuration.ts";
import { allTablesOf, tablesOf } from "../../src/project/tables.ts";

const project = (features: Record<string, unknown>) => ({
  folder: "/project",
  configuration: configurationSchema.parse({ checkpoints: ["*.pt"], features, objective: "minRecall" }),
});

it("each file once, by its place", () => {
  const features = { train: "a.npz", validation: "./a.npz", test: "/data/b.npz", unlabeled: "c.npz" };
  expect(tablesOf(project(features))).toEqual(["/project/a.npz", "/data/b.npz", "/project/c.npz"]);
});

it("tables of what rows are belong to what is read, and are made by nobody here", () => {
  const of = project({
    ...{ train: "a.npz", validation: "b.npz" },
    metadata: { train: "people.csv", validation: "more.csv" },
  });
  expect(tablesOf(of)).toEqual(["/project/a.npz", "/project/b.npz"]);
  expect(allTablesOf(of)).toEqual([...tablesOf(of), "/project/people.csv", "/project/more.csv"]);
});
