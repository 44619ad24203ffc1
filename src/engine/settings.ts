/** From what selmix.json and the request say to what the method is given. */

import { loadProject, type Project } from "../project/load.ts";
import type { TuneRequest } from "../protocol/engine.ts";
import type { TuneSettings } from "../selmix/settings.ts";
import type { WholeSettings } from "../selmix/whole/settings.ts";
import type { Prepared } from "./prepare.ts";

type Overrides = Pick<
  TuneRequest,
  "configurationPath" | "workspace" | "allowOutside" | "objective" | "steps" | "seed"
>;

/** The project with the request's choices over those of the file. Throws `ConfigurationError`. */
export function projectOf(request: Overrides): Project {
  const project = loadProject(request.configurationPath, request);
  const { configuration } = project;
  return {
    ...project,
    configuration: {
      ...configuration,
      objective: request.objective ?? configuration.objective,
      tuning: {
        ...configuration.tuning,
        steps: request.steps ?? configuration.tuning.steps,
        seed: request.seed ?? configuration.tuning.seed,
      },
    },
  };
}

export function settingsOf({ project, constraints, isHead }: Prepared): TuneSettings {
  const { objective, tuning } = project.configuration;
  return {
    objective,
    constraints,
    isHead,
    seed: tuning.seed,
    steps: tuning.steps,
    batchSize: tuning.batchSize,
    cycle: tuning.cycle ?? null,
    learningRate: tuning.learningRate,
    temperature: tuning.temperature,
    start: tuning.start === "auto" ? "best" : tuning.start,
    strategy: "selmix",
    margin: project.configuration.margin,
  };
}

export function wholeSettingsOf(prepared: Prepared): WholeSettings {
  const { backboneRate, augment } = prepared.project.configuration.tuning;
  return { ...settingsOf(prepared), backboneRate, augment };
}
