import { copyPrefix } from "../../checkpoints/copies.ts";
import { biasName, weightNormNames } from "../../checkpoints/headNames.ts";

/** What a checkpoint shows that an export script needs. */
export interface ExportFacts {
  /** Path of the checkpoint relative to the workspace, with forward slashes. */
  readonly checkpoint: string;
  /** Name of the layer that is the head, as the network calls it: "fc", "classifier.out_proj". */
  readonly layer: string;
  /** What stands before the network's own names in the checkpoint: "model." from Lightning, "module." from DataParallel, or "". */
  readonly prefix: string;
  /** The head's tensors as the checkpoint calls them; no bias where it has none, lengths under weight_norm alone. */
  readonly weight: string;
  readonly bias: string | null;
  readonly lengths?: string;
  readonly size: number;
  readonly classes: number;
  /** What the network looks at, as far as the names of its tensors say; texts where they say nothing. */
  readonly input: "images" | "texts";
}

/** How networks for images call what cuts the image into patches, or its first convolution. */
const firstOfImages = /patch_embed|conv_stem|(^|\.)embedder\.|embeddings\.convolution|(^|\.)timm_model\./;

/** Prefixes that wrappers of a network put before all of its names. */
const wrappers = ["module.", "_orig_mod.", "model."];

/** Facts from the names of a checkpoint's tensors and its head. */
export function exportFacts(
  checkpoint: string,
  tensors: readonly string[],
  head: {
    readonly weight: string;
    /** Left out where it is not known: what the bias of such a weight is called. */
    readonly bias?: string | null;
    readonly size: number;
    readonly classes: number;
  },
): ExportFacts {
  const copy = copyPrefix(head.weight);
  const own = tensors.filter((name) => name.startsWith(copy));
  let prefix = copy;
  for (let more = wrapperOf(own, prefix); more !== null; more = wrapperOf(own, prefix)) prefix += more;
  const layer = head.weight
    .slice(prefix.length)
    .replace(/[./](weight|weight_v|parametrizations\.weight\.original1|kernel)(:0)?$/, "");
  const normed = weightNormNames(head.weight);
  return {
    checkpoint: checkpoint.replaceAll("\\", "/"),
    layer,
    prefix,
    weight: head.weight,
    bias: head.bias === undefined ? biasName(head.weight) : head.bias,
    ...(normed && { lengths: normed.lengths }),
    size: head.size,
    classes: head.classes,
    input: tensors.some((name) => firstOfImages.test(name)) ? "images" : "texts",
  };
}

function wrapperOf(tensors: readonly string[], prefix: string): string | null {
  if (tensors.length === 0) return null;
  return wrappers.find((wrapper) => tensors.every((name) => name.startsWith(prefix + wrapper))) ?? null;
}

/** A Python string. JSON's escapes are Python's too. */
export function quoted(text: string): string {
  return JSON.stringify(text);
}

/** A path as an argument on a command line that stands inside a docstring. */
export function argument(path: string): string {
  const safe = path.replace(/["'`$\p{Cc}]/gu, "?");
  return /^[\w./-]+$/.test(safe) ? safe : `'${safe}'`;
}
