/**
 * Python that a script needs to say whose features it wrote: `bodyHash` of `checkpoints/identity.ts`, computed from the checkpoint's
 * file by its own framework.
 */
import { copyPrefix } from "../../checkpoints/copies.ts";
import { headNames } from "../../checkpoints/head.ts";
import { type ExportFacts, quoted } from "./facts.ts";

/** `HEAD_NUMBERS = {...}`: the head's tensors, by the names that the checkpoint has for them. */
function headNumbers(facts: ExportFacts): string {
  const names = headNames(facts);
  return `HEAD_NUMBERS = {${names.map(quoted).join(", ")}}  # the head in the checkpoint: it may change, the features stay`;
}

/** `is_counter(name, kind, shape)`, as `isCounter` of `checkpoints/identity.ts`. */
const isCounter = `def is_counter(name: str, kind: str, shape: tuple) -> bool:
    """Batches that were seen, and states of random generators: they move while only the head is trained."""
    parts = re.split(r"[./]", name)
    state = shape == (2,) and any(re.fullmatch(r"(seed_)?generator(_\\d+)?", part) for part in parts)
    return re.fullmatch(r"[IU]\\d+", kind) is not None and ("num_batches_tracked" in parts or state)`;

/** Lines that take the model out of what was saved, or the averaged copy that the head is of. */
function modelIn({ weight }: ExportFacts): string {
  const copy = copyPrefix(weight);
  if (copy !== "") {
    const path = copy
      .split(".")
      .slice(0, -1)
      .map((part) => `[${quoted(part)}]`);
    return `    state = state${path.join("")}  # the copy that is tuned
    return {${quoted(copy)} + name: tensor for name, tensor in state.items() if isinstance(tensor, torch.Tensor)}`;
  }
  return `    for key in ("state_dict", "model_state_dict", "model_state", "model"):
        state = state[key] if isinstance(state.get(key), dict) else state
    return {name: tensor for name, tensor in state.items() if isinstance(tensor, torch.Tensor)}`;
}

/** `load_state(checkpoint)`: tensors by the checkpoint's own names; and `body_hash(state)`. */
export function torchBodyHash(facts: ExportFacts): string {
  return `${headNumbers(facts)}
TYPES = {torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16"}
TYPES |= {torch.int64: "I64", torch.int32: "I32", torch.int16: "I16", torch.int8: "I8", torch.uint8: "U8", torch.bool: "BOOL"}


def load_state(checkpoint: Path) -> dict:
    if checkpoint.suffix == ".safetensors":
        return load_file(checkpoint)
    if checkpoint.name.endswith(".safetensors.index.json"):
        shards = sorted(set(json.loads(checkpoint.read_text())["weight_map"].values()))
        return {name: tensor for shard in shards for name, tensor in load_file(checkpoint.parent / shard).items()}
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
${modelIn(facts)}


${isCounter}


def body_hash(state: dict) -> str:
    """By which SelMix knows whose features a table holds: a hash of all of a checkpoint's tensors but its head's and counters."""
    digest = hashlib.sha256()
    for name in sorted(set(state) - HEAD_NUMBERS):
        tensor = state[name].detach().contiguous()
        kind = TYPES.get(tensor.dtype, "OTHER")
        if is_counter(name, kind, tuple(tensor.shape)):
            continue
        numbers = bytes(tensor.reshape(-1).view(torch.uint8).numpy()) if tensor.numel() else b""
        shape = ",".join(map(str, tensor.shape))
        digest.update(f"{name}\\0{kind}\\0{shape}\\0".encode() + hashlib.sha256(numbers).digest())
    return digest.hexdigest()`;
}

/** `body_hash(checkpoint)` of a Keras file. */
export function kerasBodyHash(facts: ExportFacts): string {
  return `${headNumbers(facts)}


${isCounter}


def body_hash(checkpoint: Path) -> str:
    """By which SelMix knows whose features a table holds: a hash of all of a checkpoint's arrays but its head's and counters."""
    arrays, digest = {}, hashlib.sha256()
    weights = zipfile.ZipFile(checkpoint).open("model.weights.h5") if zipfile.is_zipfile(checkpoint) else checkpoint
    with h5py.File(weights) as file:
        file.visititems(lambda name, item: arrays.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
    for name in sorted(set(arrays) - HEAD_NUMBERS):
        if name.split("/")[0] in ("optimizer", "optimizer_weights"):
            continue
        array = np.asarray(arrays[name])
        kinds = {"f": f"F{array.itemsize * 8}", "i": f"I{array.itemsize * 8}", "u": f"U{array.itemsize * 8}", "b": "BOOL"}
        kind = kinds.get(array.dtype.kind, "OTHER")
        if is_counter(name, kind, array.shape):
            continue
        numbers = hashlib.sha256(array.astype(array.dtype.newbyteorder("<")).tobytes())
        shape = ",".join(map(str, array.shape))
        digest.update(f"{name}\\0{kind}\\0{shape}\\0".encode() + numbers.digest())
    return digest.hexdigest()`;
}
