/** Several copies of one network in a file: as it was trained, and averaged over training (EMA, SWA). */
import { isFloatType } from "../files/numbers.ts";
import type { Checkpoint, TensorInfo } from "./checkpoint.ts";
import { layerTensors } from "./fittingHeads.ts";
import type { HeadLocation } from "./head.ts";
import { nameParts, weightNormNames } from "./headNames.ts";
import { type CopyChoice, HeadError, type HeadRequest, listTensors, tensorNamed } from "./headRequest.ts";

/** Parts of names under which training scripts keep an averaged copy. */
const averagedPart =
  /^(state_dict_ema|model_ema|ema(_\w+)?|\w+_ema|swa_\w+|averaged?_(model|state_dict|weights)|averaging_state)$/i;
/** Lightning's WeightAveraging saves the average as the model, and the model as it was trained under this key. */
const lightningRaw = "current_model_state";
/** torch.optim.swa_utils.AveragedModel counts in it: the model is the average. */
const averageCount = "n_averaged";
/** Parts before a network's own names. */
const wrapperPart = /^(state_dict|model|module|_orig_mod|online_model|net|network|current_model_state)$/;

type Copy = "raw" | "ema";

function copyOf(checkpoint: Checkpoint, name: string): Copy {
  const before = nameParts(name).slice(0, -1);
  if (before.some((part) => averagedPart.test(part))) return "ema";
  const isAverage = checkpoint.tensors.some(
    (tensor) => tensor.name.startsWith(`${lightningRaw}.`) || tensor.name === averageCount,
  );
  return isAverage && before[0] !== lightningRaw ? "ema" : "raw";
}

/** What a framework loads of a file with both, as far as its way of writing tells. */
function loadedByDefault(names: readonly string[]): { copy: Copy; by: string } | null {
  const some = (start: string) => names.some((name) => name.startsWith(start));
  if (some("state_dict_ema.")) return { copy: "ema", by: "timm" };
  if (some(`${lightningRaw}.`)) return { copy: "ema", by: "Lightning" };
  if (some("online_model.") && some("ema_model.")) return { copy: "ema", by: "ema_pytorch" };
  return null;
}

/**
 * Of tensors that fit, those in the copy that is tuned: the one asked for, else the one that the framework loads, else the model as
 * it was trained. Throws `HeadError` where there is no such copy.
 */
export function chooseCopy(
  checkpoint: Checkpoint,
  candidates: readonly HeadLocation[],
  choice: CopyChoice | undefined,
): readonly HeadLocation[] {
  const isAside = ({ weight }: HeadLocation) => tensorNamed(checkpoint, weight).auxiliary ?? false;
  const known = loadedByDefault(checkpoint.tensors.map(({ name }) => name))?.copy ?? "raw";
  const wanted = choice === undefined || choice === "all" ? known : choice;
  const own = candidates.filter(({ weight }) => copyOf(checkpoint, weight) === wanted);
  if (own.length === 0 && choice !== undefined && choice !== "all" && candidates.length > 0) {
    throw new HeadError(
      `${checkpoint.path} has no ${choice === "ema" ? "averaged copy" : "copy as it was trained"} of the head ` +
        `(${listTensors(candidates.map(({ weight }) => tensorNamed(checkpoint, weight)))}); remove head.copies from selmix.json.`,
      candidates,
    );
  }
  const pool = own.length > 0 ? own : candidates;
  const main = pool.filter((one) => !isAside(one));
  return main.length > 0 ? main : pool;
}

/** The head with what there is to say about its copies, and with those that are written alike. */
export function withCopies(
  checkpoint: Checkpoint,
  chosen: HeadLocation,
  { copies: choice }: HeadRequest,
): HeadLocation {
  const others = siblings(checkpoint, chosen);
  const called = (name: string) => (copyOf(checkpoint, name) === "ema" ? "averaged" : "as it was trained");
  if (others.length === 0) {
    if (!checkpoint.tensors.some(({ name }) => name === averageCount)) return chosen;
    const note = `${checkpoint.path} is an averaged model (${averageCount} is in it), the only copy of the network there: it is the one that is used.`;
    return { ...chosen, notes: [note] };
  }
  const names = others.map(({ name }) => `${name} (${called(name)})`).join(", ");
  const loaded = loadedByDefault(checkpoint.tensors.map(({ name }) => name));
  const own = copyOf(checkpoint, chosen.weight);
  const by = loaded
    ? `, and ${loaded.by} loads the ${loaded.copy === "ema" ? "averaged" : "raw"} one by default`
    : "";
  const use = `${checkpoint.path} holds the head ${others.length + 1} times: ${chosen.weight} (${called(chosen.weight)}) is the one that is read${by}`;
  if (choice === "all") {
    return {
      ...chosen,
      copies: others.map(({ name }) => layerTensors(checkpoint, name, chosen)),
      notes: [`${use}; ${names} gets the same tuned head.`],
    };
  }
  const advice = own === "ema" ? '"raw" or "all"' : '"ema" or "all"';
  return {
    ...chosen,
    notes: [
      `${use}; ${names} stays as it is. The features have to be of the same copy; "head": { "copies": ... } in selmix.json takes ${advice}.`,
    ],
  };
}

/** The same weight in other copies: of one shape, called alike but for what stands before the network's own names. */
function siblings(checkpoint: Checkpoint, { weight }: HeadLocation): TensorInfo[] {
  const own = tensorNamed(checkpoint, weight);
  const base = ownName(weight);
  return checkpoint.tensors.filter(
    ({ name, shape, type, sharedWith = [] }) =>
      name !== weight &&
      isFloatType(type) &&
      shape.join() === own.shape.join() &&
      ownName(name) === base &&
      !sharedWith.includes(weight) &&
      (copyOf(checkpoint, name) !== copyOf(checkpoint, weight) || name.startsWith("averaging_state.")),
  );
}

/** A name without what a file puts before all names of a copy. */
export function withoutCopy(name: string): string {
  const parts = name.split(".");
  const isCopy = (part = "") => averagedPart.test(part) || part === lightningRaw || part === "online_model";
  while (parts.length > 1 && isCopy(parts[0])) parts.shift();
  return parts.join(".");
}

/** What stands before all names of the copy that a tensor belongs to: "state_dict_ema.", or nothing. */
export function copyPrefix(name: string): string {
  return name.slice(0, name.length - withoutCopy(name).length);
}

/** A name as the network itself has it. */
function ownName(name: string): string {
  const parts = nameParts(weightNormNames(name)?.weight ?? name);
  const least = Math.min(2, parts.length);
  while (parts.length > least && (averagedPart.test(parts[0] ?? "") || wrapperPart.test(parts[0] ?? "")))
    parts.shift();
  return parts.join(".");
}
