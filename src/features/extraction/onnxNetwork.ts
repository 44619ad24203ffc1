/** ONNX networks, run by onnxruntime-node where that is installed. */
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { field } from "../../files/protobuf.ts";
import { openSource, readLong } from "../../files/ranges.ts";
import { FeatureTableError } from "../table.ts";
import type { Network } from "./network.ts";

export interface OnnxRequest {
  readonly model: string;
  /** The value that the head sees; null for the network's first output. */
  readonly layer: string | null;
  /** The value that the head gives, to compare with; null when it is not known. */
  readonly output: string | null;
  /** Folders in whose node_modules onnxruntime-node may be, besides this installation. */
  readonly packages: readonly string[];
}

type Runtime = typeof import("onnxruntime-node");

const maxModelBytes = 1.9 * 1024 ** 3;

/** Opens a model so that what the head sees is among its outputs. Throws `FeatureTableError` or `FileError`. */
export async function openOnnxNetwork({ model, layer, output, packages }: OnnxRequest): Promise<Network> {
  const runtime = await loadRuntime(packages);
  const bytes = await readModel(model);
  const session = await createSession(runtime, model, withOutputs(bytes, [layer, output]));
  const [input, ...others] = session.inputMetadata;
  if (!input?.isTensor || input.type !== "float32" || others.length > 0) {
    await session.release();
    throw new FeatureTableError(
      `${model} does not take one tensor of float32, so it is not run; use features.command.`,
    );
  }
  const seen = layer ?? session.outputNames[0] ?? "";
  const names = output === null ? [seen] : [...new Set([seen, output])];
  return {
    input: {
      shape: input.shape.slice(1).map(sizeOf),
      channels: "first",
    },
    batchSize: sizeOf(input.shape[0]),
    async run(batch, count, shape) {
      const feeds = { [input.name]: new runtime.Tensor("float32", batch, [count, ...shape]) };
      const results = await session.run(feeds, names).catch((error: unknown) => {
        throw new FeatureTableError(`${model} cannot be run on these samples: ${firstLine(error)}.`);
      });
      const numbers = (name: string) => {
        const data = results[name]?.data;
        if (data instanceof Float32Array) return data;
        throw new FeatureTableError(`${model} gives no float32 for ${name}; name another layer.`);
      };
      return {
        features: numbers(seen),
        outputs: output === null ? null : numbers(output),
      };
    },
    close: () => session.release(),
  };
}

/** A size that the model fixes; null for one that it leaves open, by a name or by nothing. */
function sizeOf(size: number | string | undefined): number | null {
  return typeof size === "number" && size > 0 ? size : null;
}

/** From where the user said, else from this installation. */
async function loadRuntime(packages: readonly string[]): Promise<Runtime> {
  for (const base of [...packages.map((folder) => path.join(folder, "package.json")), import.meta.url]) {
    try {
      const place = createRequire(base).resolve("onnxruntime-node");
      const loaded: { default?: Runtime } & Runtime = await import(pathToFileURL(place).href);
      return loaded.default ?? loaded;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND")) throw error;
    }
  }
  throw new FeatureTableError(
    `onnxruntime-node is not installed, and features.network needs it to run ONNX; run "npm install onnxruntime-node" in a folder of yours and name that in selmix.packagePath (SELMIX_PACKAGE_PATH), or install it beside selmix.json and say --workspace-packages.`,
  );
}

async function readModel(model: string): Promise<Uint8Array> {
  const source = await openSource(model);
  try {
    if (source.size > maxModelBytes) {
      throw new FeatureTableError(
        `${model} is over the limit of 1.9 GB for a network that is run; use features.command.`,
      );
    }
    return await readLong(source, 0, source.size);
  } finally {
    await source.close();
  }
}

async function createSession(runtime: Runtime, model: string, bytes: Uint8Array) {
  try {
    return await runtime.InferenceSession.create(bytes, { logSeverityLevel: 3 });
  } catch (error) {
    throw new FeatureTableError(`${model} cannot be loaded by onnxruntime-node: ${firstLine(error)}.`);
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}

/**
 * A model with more of its values as outputs. Protobuf merges what is appended, so a graph with these outputs alone goes
 * behind the model: field 7 of ModelProto is the graph, field 12 of GraphProto an output, field 1 its name.
 */
function withOutputs(model: Uint8Array, names: readonly (string | null)[]): Uint8Array {
  const outputs = names.filter((name) => name !== null).map((name) => field(12, field(1, name)));
  return outputs.length === 0 ? model : Buffer.concat([model, field(7, outputs)]);
}
