/** onnxruntime's CPU provider: sessions for our graphs, each made once, and tensors on arrays of ours. */
import type { InferenceSession, Tensor } from "onnxruntime-node";
import type { Graph } from "./graph.ts";

type Library = typeof import("onnxruntime-node");
export type Tensors = Readonly<Record<string, Tensor>>;

export class Runtime {
  readonly #library: Library;
  readonly #threads: number;
  readonly #sessions = new Map<string, Promise<InferenceSession>>();

  constructor(library: Library, threads: number) {
    this.#library = library;
    this.#threads = threads;
  }

  /** Runs a graph, made when it is first asked for by its name, into tensors that are there already. */
  async run(name: string, make: () => Graph, feeds: Tensors, results: Tensors): Promise<void> {
    let session = this.#sessions.get(name);
    if (session === undefined) {
      session = this.#session(make());
      this.#sessions.set(name, session);
    }
    await (await session).run(feeds, results);
  }

  /** A tensor on this very array: nothing is copied. */
  floats(values: Float32Array, shape: readonly number[]): Tensor {
    return new this.#library.Tensor("float32", values, shape);
  }

  /**
   * @param bits of float16 numbers. The library would make a Float16Array of them where Node has one, which its own addon
   * takes for empty; it reads them from a Uint16Array, on every Node.
   */
  halves(bits: Uint16Array, shape: readonly number[]): Tensor {
    return Object.assign(new this.#library.Tensor("uint16", bits, shape), { type: "float16" as const });
  }

  integers(values: Int32Array, shape: readonly number[]): Tensor {
    return new this.#library.Tensor("int32", values, shape);
  }

  /**
   * Threads that wait do not spin: the machine has a training to run, and with other programs on it spinning made steps four times as
   * slow. Sessions keep no memory of their own between runs: it came to more than all else that a run holds, and saved it no time.
   */
  #session(graph: Graph): Promise<InferenceSession> {
    return this.#library.InferenceSession.create(graph.bytes(), {
      executionProviders: ["cpu"],
      intraOpNumThreads: this.#threads,
      interOpNumThreads: 1,
      enableCpuMemArena: false,
      logSeverityLevel: 3,
      extra: { session: { intra_op: { allow_spinning: "0" } } },
    });
  }
}
