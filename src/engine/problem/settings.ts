/** From what selmix.json and the request say to what the method is given. */

import type { Configuration } from "../../project/configuration.ts";
import { loadProject, type Project } from "../../project/load.ts";
import { meaningFindings } from "../../project/meaning.ts";
import { ConfigurationError } from "../../project/problems.ts";
import type { TuneChoices, TuneRequest } from "../../protocol/engine.ts";
import type { TuneSettings } from "../../selmix/steering/settings.ts";
import type { WholeSettings } from "../../selmix/whole/settings.ts";
import type { Prepared } from "./prepare.ts";
import { steeredBefore } from "./reference.ts";

type Overrides = TuneChoices & Pick<TuneRequest, "configurationPath" | "workspace" | "allowOutside">;

/** The project with the request's choices over those of the file. Throws `ConfigurationError`, also where a choice does not go with the rest. */
export function projectOf(request: Overrides): Project {
  const project = loadProject(request.configurationPath, request);
  const configuration = chosenOver(project.configuration, request);
  const [finding] = meaningFindings(configuration);
  if (finding !== undefined) throw new ConfigurationError(project.path, finding.message);
  return { ...project, configuration };
}

function chosenOver(configuration: Configuration, choices: TuneChoices): Configuration {
  const { tuning } = configuration;
  return {
    ...configuration,
    objective: choices.objective ?? configuration.objective,
    prior: choices.prior ?? configuration.prior,
    margin: choices.margin ?? configuration.margin,
    calibrate: choices.calibrate ?? configuration.calibrate,
    groupsAtPrediction: choices.groupsAtPrediction ?? configuration.groupsAtPrediction,
    tuning: { ...tuning, steps: choices.steps ?? tuning.steps, seed: choices.seed ?? tuning.seed },
  };
}

export function settingsOf(prepared: Prepared): TuneSettings {
  const { project, steeredConstraints: constraints, isHead } = prepared;
  const { objective, tuning } = project.configuration;
  return {
    objective,
    constraints,
    isHead,
    ...steeredBefore(prepared),
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
