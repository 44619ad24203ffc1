/** How a tuned copy is loaded, in the framework that its checkpoint is of: a few lines to paste. */
import { existsSync } from "node:fs";
import path from "node:path";
import * as z from "zod";
import { correctionEnding, onnxBeside } from "../checkpoints/correction/names.ts";
import { checkpointEnding, formatOf } from "../checkpoints/formats.ts";
import { relativeIn } from "../files/place.ts";
import { readSmallText, sizeLimits } from "../files/regular.ts";
import { isFolderModel } from "./modelFolder.ts";

export interface LoadingSnippet {
  readonly language: "Python" | "JavaScript";
  readonly code: string;
}

/** Code that loads `output`; its path is told from `folder`. */
export function loadingSnippet(output: string, folder: string): LoadingSnippet {
  const told = (file: string) => JSON.stringify(relativeIn(folder, file) ?? file.split(path.sep).join("/"));
  if (output.endsWith(correctionEnding) && existsSync(onnxBeside(output))) {
    return python(
      "import numpy as np",
      "import onnxruntime",
      "",
      `session = onnxruntime.InferenceSession(${told(onnxBeside(output))})`,
      'logits, classes = session.run(["logits", "class"], {"scores": np.asarray(scores, np.float32)})',
    );
  }
  if (isFolderModel(output)) return fromPretrained(output, told(path.dirname(output)));
  const file = told(output);
  switch (formatOf(output)?.id) {
    case "safetensors":
    case "sharded-safetensors":
      return python(
        "from safetensors.torch import load_file",
        "",
        `model.load_state_dict(load_file(${file}))`,
      );
    case "pytorch":
      return python(
        "import torch",
        "",
        `state = torch.load(${file}, map_location="cpu")`,
        "# Laid out as the checkpoint it comes from: where you take the weights out of a key there, do so here.",
        "model.load_state_dict(state)",
      );
    case "keras":
      return python("import keras", "", `model = keras.saving.load_model(${file})`);
    case "keras-h5":
      return checkpointEnding(output) === ".weights.h5"
        ? python(`model.load_weights(${file})`)
        : python("import keras", "", `model = keras.saving.load_model(${file})`);
    case "sklearn":
      return /\.joblib$/i.test(output)
        ? python("import joblib", "", `model = joblib.load(${file})`)
        : python("import pickle", "", `with open(${file}, "rb") as file:`, "    model = pickle.load(file)");
    case "skops":
      return python(
        "import skops.io",
        "",
        `model = skops.io.load(${file}, trusted=skops.io.get_untrusted_types(file=${file}))`,
      );
    case "onnx":
      return python("import onnxruntime", "", `session = onnxruntime.InferenceSession(${file})`);
    case "tfjs":
      return {
        language: "JavaScript",
        code: `import * as tf from "@tensorflow/tfjs-node";\n\nconst model = await tf.loadLayersModel("file://" + ${file});\n`,
      };
    default:
      return python("import numpy as np", "", `arrays = np.load(${file})`);
  }
}

function python(...lines: string[]): LoadingSnippet {
  return { language: "Python", code: `${lines.join("\n")}\n` };
}

const architecture = z.looseObject({ architectures: z.tuple([z.string().regex(/^\w+$/)]) });

/** A folder of Hugging Face's: by the class that its config names. */
function fromPretrained(output: string, folder: string): LoadingSnippet {
  if (path.basename(output).startsWith("adapter_")) {
    return python("from peft import PeftModel", "", `model = PeftModel.from_pretrained(model, ${folder})`);
  }
  const named = architecture.safeParse(configOf(output));
  const name = named.success ? named.data.architectures[0] : "AutoModelForSequenceClassification";
  return python(`from transformers import ${name}`, "", `model = ${name}.from_pretrained(${folder})`);
}

function configOf(output: string): unknown {
  try {
    return JSON.parse(readSmallText(path.join(path.dirname(output), "config.json"), sizeLimits.script));
  } catch {
    return null;
  }
}
