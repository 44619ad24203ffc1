/** What the names of tensors say about heads: which sound like one, which never are one, which belong together. */

/** Names that frameworks and model libraries give to the last layer. */
const headWords = new Set([
  ...[
    "fc",
    "head",
    "heads",
    "classifier",
    "classif",
    "cls",
    "score",
    "out_proj",
    "logits",
    "predictions",
    "lm_head",
  ],
  ...[
    "linear",
    "output",
    "output_layer",
    "probs",
    "last_linear",
    "head_fc",
    "fc_out",
    "class_head",
    "coef_",
    "coef",
    "coefs_",
  ],
]);

/** Parts of a file that hold an optimizer's memory of tensors, in the tensors' own shapes. */
const optimizerPart =
  /^(optim\w*|opt_state\w*|exp_avg\w*|max_exp_avg\w*|momentum_buffer|square_avg|velocity)$/;

const embeddingPart = /embed|^wte$|^wpe$|^shared$|^tok(en)?s?$/i;

/** Last parts of names under which weight and bias go together. */
const weightBias = new Map([
  ["weight", "bias"],
  ["kernel", "bias"],
  ["kernel:0", "bias:0"],
  ["coef_", "intercept_"],
  ["coef", "intercept"],
  ["W", "b"],
  ["w", "b"],
  ["0", "1"],
]);

/** weight_norm's two tensors of a weight: its directions, and what the lengths beside them are called. */
const weightNorm: readonly (readonly [directions: RegExp, lengths: string, weight: string])[] = [
  [/(^|\.)weight_v$/, "weight_g", "weight"],
  [/(^|\.)parametrizations\.weight\.original1$/, "parametrizations.weight.original0", "weight"],
];

/** scikit-learn's networks keep a list of weights, and one of biases. */
const listed = /(^|\.)coefs_\.(\d+)$/;

const weightWords = new Set([
  ...weightBias.keys(),
  ...["kernel", "value", "weight_v", "original1", "parametrizations"],
  // Where peft keeps a head that is saved with an adapter.
  ...["modules_to_save", "default"],
]);

/** Of the directions of a weight under weight_norm: the name of its lengths, and of the weight that the two stand for. */
export function weightNormNames(directions: string): { lengths: string; weight: string } | null {
  for (const [pattern, lengths, weight] of weightNorm) {
    const to = (name: string) => directions.replace(pattern, `$1${name}`);
    if (pattern.test(directions)) return { lengths: to(lengths), weight: to(weight) };
  }
  return null;
}

/** Whether a tensor is a low-rank change to another one, as peft's adapters keep them: no layer by itself. */
export function isAdapter(name: string): boolean {
  return nameParts(name).some((part) => /^(lora|hada|oft|vera|ia3)_\w+$/.test(part));
}

/** Parts of a tensor's name, split at dots and slashes. */
export function nameParts(name: string): string[] {
  return name.split(/[./]/).filter((part) => part !== "");
}

export function isOptimizerState(name: string): boolean {
  return nameParts(name).some((part) => optimizerPart.test(part));
}

export function isEmbedding(name: string): boolean {
  return nameParts(name).some((part) => embeddingPart.test(part));
}

/** The part of a name that sounds like a head, or null. Only the layer's own name and the one above it count. */
export function headWord(name: string): string | null {
  const parts = nameParts(name);
  const layers = parts.length > 1 ? parts.filter((part) => !weightWords.has(part) && part !== "vars") : parts;
  const last = layers.at(-1) ?? "";
  if (headWords.has(last.toLowerCase())) return last;
  const above = layers.at(-2) ?? "";
  return /^\d+$/.test(last) && headWords.has(above.toLowerCase()) ? above : null;
}

/** What the bias beside a weight of this name may be called. */
export function biasName(name: string): string | null {
  const weight = weightNormNames(name)?.weight ?? name;
  const end = Math.max(weight.lastIndexOf("."), weight.lastIndexOf("/")) + 1;
  const last = weightBias.get(weight.slice(end));
  if (last && !listed.test(weight)) return weight.slice(0, end) + last;
  if (listed.test(weight)) return weight.replace(listed, "$1intercepts_.$2");
  const joined = /^(.*[_-])(weight|kernel|w)$/i.exec(weight);
  return joined ? `${joined[1]}${joined[2]?.toLowerCase() === "w" ? "b" : "bias"}` : null;
}

/** Whether a name's convention stores a weight as [size, classes]. */
export function storesColumns(name: string): boolean {
  return /(^|[./])kernel(:0)?$/.test(name) || /(^|\/)vars\/0$/.test(name) || listed.test(name);
}

/**
 * Orders names of one pattern by the numbers in them: `layers.3` before `layers.10`, and Keras's `dense` before `dense_1`.
 * Null when they differ in more than numbers.
 */
export function compareByNumbers(a: string, b: string): number | null {
  const number = /_?\d+/g;
  if (a.replace(number, "") !== b.replace(number, "")) return null;
  const numbers = [a, b].map((name) => (name.match(/\d+/g) ?? []).map(Number));
  const [left = [], right = []] = numbers;
  const at = left.findIndex((value, i) => value !== right[i]);
  return at < 0 ? left.length - right.length : (left[at] ?? 0) - (right[at] ?? -1);
}
