/** What selmix.json says about a network that makes the features (`features.network`). */
import * as z from "zod";

const place = z.string().min(1);
const optionalPlace = place.optional();
const upTo4096 = z.int().min(1).max(4096);
const perChannel = z.array(z.number()).min(1).max(4).optional();

export const networkSettings = z
  .strictObject({
    model: place
      .default("${checkpoint}")
      .describe(
        "ONNX file, .keras file, or model.json of a TF.js layers model. The checkpoint itself when left out.",
      ),
    layer: optionalPlace.describe(
      "What the head sees: a value of the ONNX graph, or a layer of the Keras or TF.js model. Found by itself in the checkpoint.",
    ),
    data: z
      .strictObject({
        train: place,
        unlabeled: optionalPlace,
        validation: place,
        test: optionalPlace,
        certify: optionalPlace,
      })
      .describe(
        "The samples of each table: .npz or .safetensors with `images` [N, ...], `labels` [N] and optional `groups` [N], " +
          "or a folder with a folder of PNG and JPEG images for each class.",
      ),
    scale: z
      .number()
      .positive()
      .optional()
      .describe("What values are multiplied by first: 1/255 for bytes, else 1, when left out."),
    mean: perChannel.describe("Subtracted from each channel after scaling."),
    std: perChannel.describe("Each channel is divided by this after the mean is subtracted."),
    size: z
      .tuple([upTo4096, upTo4096])
      .optional()
      .describe("Height and width that images are resized to, where the network does not say it."),
    batchSize: upTo4096.default(64).describe("Samples run at once."),
  })
  .describe("A network that makes the feature tables from samples, run before each tune.");
export type NetworkSettings = z.infer<typeof networkSettings>;
