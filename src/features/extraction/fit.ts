/** Brings samples into the form that a network takes: scaled, normalised, channels where it wants them. */
import { FeatureTableError } from "../table.ts";
import type { Samples } from "./samples.ts";
import type { NetworkSettings } from "./settings.ts";

/** What a network takes for one sample. Sizes that it leaves open are null. */
export interface InputForm {
  readonly shape: readonly (number | null)[];
  /** Where images have their channels. */
  readonly channels: "first" | "last";
}

export interface Fit {
  /** Shape of one sample as the network gets it. */
  readonly shape: readonly number[];
  /** Turns `count` samples as stored into samples as taken. */
  apply(stored: Float32Array, count: number): Float32Array;
}

interface ImageForm {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Steps between values that differ in this place only. */
  readonly steps: { readonly y: number; readonly x: number; readonly channel: number };
}

const channelCounts: readonly (number | null)[] = [1, 3, 4];

/** Height and width that a network wants of images; null when it leaves them open. */
export function imageSizeOf({ shape, channels }: InputForm): [number, number] | null {
  const [height, width] = channels === "first" ? shape.slice(1) : shape;
  return shape.length === 3 && height && width ? [height, width] : null;
}

/** How samples go into the network. Throws `FeatureTableError` when they cannot. */
export function fitSamples(samples: Samples, form: InputForm, settings: NetworkSettings): Fit {
  const image = form.shape.length === 3 ? imageForm(samples.shape) : null;
  const { mean = [0], std = [1] } = settings;
  const scale = settings.scale ?? samples.scale;
  if (!image) {
    const shape = plainShape(samples, form);
    const [shift = 0, divisor = 1] = [mean[0], std[0]];
    return { shape, apply: (stored) => stored.map((value) => (value * scale - shift) / divisor) };
  }
  const target = targetForm(samples, image, form);
  for (const list of [mean, std]) {
    if (list.length !== 1 && list.length !== target.channels) {
      throw new FeatureTableError(
        `features.network has a mean or std of ${list.length} channels for a network of ${target.channels}; give one for each.`,
      );
    }
  }
  const size = target.height * target.width * target.channels;
  const storedSize = image.height * image.width * image.channels;
  const { height, width, channels } = target;
  const shape = form.channels === "first" ? [channels, height, width] : [height, width, channels];
  const apply = (stored: Float32Array, count: number) => {
    const taken = new Float32Array(count * size);
    for (let channel = 0; channel < channels; channel += 1) {
      const shift = mean[mean.length === 1 ? 0 : channel] ?? 0;
      const divisor = std[std.length === 1 ? 0 : channel] ?? 1;
      for (let sample = 0; sample < count; sample += 1) {
        for (let y = 0; y < height; y += 1) {
          let from = sample * storedSize + y * image.steps.y;
          let to = sample * size + y * target.steps.y + channel * target.steps.channel;
          for (let x = 0; x < width; x += 1) {
            taken[to] = (valueAt(stored, from, image, channel, channels) * scale - shift) / divisor;
            from += image.steps.x;
            to += target.steps.x;
          }
        }
      }
    }
    return taken;
  };
  return { shape, apply };
}

/** A channel of a stored pixel, or grey from colours (ITU-R BT.601) and the other way round. */
function valueAt(
  stored: Float32Array,
  at: number,
  image: ImageForm,
  channel: number,
  wanted: number,
): number {
  const step = image.steps.channel;
  if (image.channels === 1) return stored[at] ?? 0;
  if (wanted > 1) return stored[at + channel * step] ?? 0;
  return 0.299 * (stored[at] ?? 0) + 0.587 * (stored[at + step] ?? 0) + 0.114 * (stored[at + 2 * step] ?? 0);
}

/** Reads a stored shape as an image: [H, W], [H, W, C] or [C, H, W]; null for anything else. */
function imageForm(shape: readonly number[]): ImageForm | null {
  const [first = 0, second = 0, third = 0] = shape;
  if (shape.length === 2) return withChannelsLast(first, second, 1);
  if (shape.length !== 3) return null;
  if (channelCounts.includes(third)) return withChannelsLast(first, second, third);
  return channelCounts.includes(first) ? withChannelsFirst(first, second, third) : null;
}

function withChannelsLast(height: number, width: number, channels: number): ImageForm {
  return { height, width, channels, steps: { y: width * channels, x: channels, channel: 1 } };
}

function withChannelsFirst(channels: number, height: number, width: number): ImageForm {
  return { height, width, channels, steps: { y: width, x: 1, channel: height * width } };
}

function targetForm(samples: Samples, image: ImageForm, form: InputForm): ImageForm {
  const isFirst = form.channels === "first";
  const [channels, height, width] = isFirst ? form.shape : [form.shape[2], form.shape[0], form.shape[1]];
  const wanted = {
    channels: channels ?? Math.min(3, image.channels),
    height: height ?? image.height,
    width: width ?? image.width,
  };
  if (
    wanted.height !== image.height ||
    wanted.width !== image.width ||
    ![1, 3, image.channels].includes(wanted.channels)
  ) {
    throw mismatch(samples, form);
  }
  return isFirst
    ? withChannelsFirst(wanted.channels, wanted.height, wanted.width)
    : withChannelsLast(wanted.height, wanted.width, wanted.channels);
}

/** Samples that are no images go in as they are, if there are as many numbers as the network takes. */
function plainShape(samples: Samples, form: InputForm): number[] {
  const fits =
    form.shape.length === samples.shape.length &&
    form.shape.every((size, axis) => size === null || size === samples.shape[axis]);
  if (fits) return [...samples.shape];
  const sizes = form.shape.map((size) => size ?? Number.NaN);
  const product = (list: readonly number[]) => list.reduce((all, size) => all * size, 1);
  if (product(sizes) !== product(samples.shape)) throw mismatch(samples, form);
  return sizes;
}

function mismatch(samples: Samples, form: InputForm): FeatureTableError {
  const wanted = form.shape.map((size) => size ?? "any").join(", ");
  return new FeatureTableError(
    `${samples.path} has samples of [${samples.shape.join(", ")}], and the network takes [${wanted}]; ` +
      "save them in that size, or name another network.",
  );
}
