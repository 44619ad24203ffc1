/** Which tensor is the head: by name if told, else the one that fits features and labels; ties by names, then position. */
import type { Checkpoint } from "./checkpoint.ts";
import { chooseCopy, withCopies } from "./copies.ts";
import { describe, headCandidates, locate } from "./fittingHeads.ts";
import type { HeadLocation } from "./head.ts";
import { compareByNumbers, headWord, isEmbedding } from "./headNames.ts";
import { HeadError, type HeadRequest, layerOf, listTensors, tensorNamed, wish } from "./headRequest.ts";
import { headShape } from "./headShape.ts";
import { refuseInnerLayer } from "./innerLayers.ts";
import { noneFits, refuseOtherKinds, refuseOtherOutput } from "./otherHeads.ts";

export { headCandidates } from "./fittingHeads.ts";
export { HeadError, type HeadRequest } from "./headRequest.ts";

/** Finds the head. Throws `HeadError` with one sentence that lists the tensors in question. Reads no tensor data. */
export function findHead(checkpoint: Checkpoint, request: HeadRequest): HeadLocation {
  if (request.weight === undefined) refuseOtherOutput(checkpoint);
  const chosen =
    request.weight === undefined ? choose(checkpoint, request) : named(checkpoint, request, request.weight);
  refuseTied(checkpoint, chosen);
  refuseOtherKinds(checkpoint, chosen, request);
  if (request.weight === undefined) refuseInnerLayer(checkpoint, request, chosen);
  return withCopies(checkpoint, asCosine(checkpoint, chosen, request), request);
}

/** The head as a cosine head, where it is said to be one. */
function asCosine(checkpoint: Checkpoint, chosen: HeadLocation, { cosine }: HeadRequest): HeadLocation {
  if (cosine === undefined) return chosen;
  const { weight, bias, oneOutput } = chosen;
  if (bias === null && !oneOutput) return { ...chosen, cosine };
  const why = bias === null ? "has one output" : `has a bias beside it (${bias})`;
  throw new HeadError(
    `${checkpoint.path} keeps ${weight}, which ${why}, and a cosine head ${bias === null ? "has one for each class" : "has none"}; remove "kind": "cosine" from selmix.json, or name another weight.`,
    [chosen],
  );
}

function named(checkpoint: Checkpoint, request: HeadRequest, weight: string): HeadLocation {
  const tensor = tensorNamed(checkpoint, weight);
  const [location] = locate(checkpoint, tensor, request, "it is the one that selmix.json names");
  if (!location) {
    const wanted = request.classes ?? request.minimumClasses;
    const rows =
      wanted === undefined ? "classes" : request.classes === undefined ? `${wanted} or more` : `${wanted}`;
    throw new HeadError(
      `${checkpoint.path} keeps ${weight} as ${describe(tensor)}, which is no head of ${rows} by ${request.featureSize} ` +
        "features; name another tensor under head.weight, or features of its input.",
      headCandidates(checkpoint, request),
    );
  }
  return location;
}

function choose(checkpoint: Checkpoint, request: HeadRequest): HeadLocation {
  const all = chooseCopy(checkpoint, headCandidates(checkpoint, request), request.copies);
  const candidates = withoutAliases(checkpoint, all);
  const usable = candidates.filter((one) => !isEmbedding(one.weight));
  const [only, ...others] = usable;
  if (!only) throw noneFits(checkpoint, request, candidates);
  if (others.length === 0) {
    const { shape } = tensorNamed(checkpoint, only.weight);
    return { ...only, reason: `it is the only tensor that fits ${wish(request)}, [${shape.join(", ")}]` };
  }
  const outputs = usable.filter((one) => layerOf(checkpoint, one.weight)?.isOutput);
  if (outputs.length === 1 && outputs[0]) {
    return { ...outputs[0], reason: `${usable.length} tensors fit and it computes the network's output` };
  }
  const byName = usable.filter((one) => headWord(one.weight) !== null);
  if (byName.length === 1 && byName[0]) {
    const word = headWord(byName[0].weight);
    return { ...byName[0], reason: `${usable.length} tensors fit and it is the one called ${word}` };
  }
  const last = lastInOrder(checkpoint, byName.length > 1 ? byName : usable);
  if (last) return { ...last, reason: `${usable.length} tensors fit and it is the last of them` };
  throw new HeadError(
    `${checkpoint.path} has ${usable.length} tensors that could be the head (${list(checkpoint, usable)}); ` +
      "name one under head.weight in selmix.json.",
    usable,
  );
}

/** The last layer, when the format knows the order or when numbers in otherwise equal names tell it. */
function lastInOrder(checkpoint: Checkpoint, candidates: readonly HeadLocation[]): HeadLocation | null {
  const order = checkpoint.linearLayers?.map((layer) => layer.weight) ?? [];
  if (order.length > 0 && candidates.every((one) => order.includes(one.weight))) {
    return [...candidates].sort((a, b) => order.indexOf(a.weight) - order.indexOf(b.weight)).at(-1) ?? null;
  }
  const isLast = (one: HeadLocation) =>
    candidates.every((other) => other === one || (compareByNumbers(one.weight, other.weight) ?? 0) > 0);
  return candidates.find(isLast) ?? null;
}

/** Keeps one name of a weight that goes by several: the first that sounds like a head, else the first. */
function withoutAliases(checkpoint: Checkpoint, candidates: readonly HeadLocation[]): HeadLocation[] {
  const kept: HeadLocation[] = [];
  const preferred = [...candidates].sort(
    (a, b) => Number(headWord(b.weight) !== null) - Number(headWord(a.weight) !== null),
  );
  for (const one of preferred) {
    const aliases = tensorNamed(checkpoint, one.weight).sharedWith ?? [];
    if (!kept.some((other) => aliases.includes(other.weight))) kept.push(one);
  }
  return candidates.filter((one) => kept.includes(one));
}

function refuseTied(checkpoint: Checkpoint, { weight }: HeadLocation): void {
  if (layerOf(checkpoint, weight)?.usedElsewhere) {
    throw new HeadError(
      `${checkpoint.path} uses ${weight} in other parts of the network too, so that tuning the head would change them; ` +
        "save the model with a head of its own.",
    );
  }
  const own = tensorNamed(checkpoint, weight);
  const { sharedWith = [] } = own;
  const sizes = [...headShape(own)].sort().join();
  const tied = sharedWith.find((other) => {
    const shape = headShape(tensorNamed(checkpoint, other));
    return isEmbedding(other) || [...shape].sort().join() !== sizes;
  });
  if (tied === undefined) return;
  throw new HeadError(
    `${checkpoint.path} ties ${weight} to ${tied}, so that tuning the head would change the network before it; ` +
      "save the model with a head of its own.",
  );
}

function list(checkpoint: Checkpoint, locations: readonly HeadLocation[]): string {
  return listTensors(locations.map((one) => tensorNamed(checkpoint, one.weight)));
}
