/** Finds optional native packages. They are never dependencies: present or not, everything else works. */
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import { cacheFolder, isOwn } from "../../files/ownFolders.ts";
import { readSmallText, sizeLimits } from "../../files/regular.ts";
import type { BackendName, Places } from "./backend.ts";

/** The npm package behind each native backend, at the version that works with our tfjs. */
export const nativePackages = {
  "tensorflow-gpu": { name: "@tensorflow/tfjs-node-gpu", version: "4.22.0" },
  webgpu: { name: "webgpu", version: "0.6.2" },
  native: { name: "onnxruntime-node", version: "1.30.0" },
  tensorflow: { name: "@tensorflow/tfjs-node", version: "4.22.0" },
} as const;
export type NativeBackend = keyof typeof nativePackages;

export function isNative(name: BackendName): name is NativeBackend {
  return name in nativePackages;
}

export interface FoundPackage {
  /** The package's own folder. */
  readonly folder: string;
  readonly version: string;
  /** For people: where it was found. */
  readonly origin: "the configured path" | "SelMix's own storage" | "this installation" | "the workspace";
}

const manifest = z.object({ name: z.string(), version: z.string() });

/** Reads the manifest of the package in `folder`, or null when that package is not there. */
function packageIn(folder: string, name: string, origin: FoundPackage["origin"]): FoundPackage | null {
  const file = path.join(folder, "package.json");
  if (!existsSync(file)) return null;
  try {
    const read = manifest.safeParse(JSON.parse(readSmallText(file, sizeLimits.settings)));
    return read.success && read.data.name === name ? { folder, version: read.data.version, origin } : null;
  } catch {
    return null;
  }
}

/** Folders named node_modules from `start` upwards. */
function modulesAbove(start: string): string[] {
  const parent = path.dirname(start);
  return [path.join(start, "node_modules"), ...(parent === start ? [] : modulesAbove(parent))];
}

/** Where a package lies that was installed on request. */
export function installFolder(storage: string, name: string): string {
  return path.join(storage, "packages", name.replace(/^@/, "").replaceAll("/", "-"));
}

/** Our own storage when the caller names none: the user's cache folder. */
export function defaultStorage(): string {
  return cacheFolder();
}

/**
 * Looks at the configured path (or that of SELMIX_PACKAGE_PATH), our own storage, beside this program, and in the workspace when it is trusted.
 * Resolves nothing else: a package that happens to lie elsewhere was not meant for us.
 */
export function findPackage(name: string, places: Places): FoundPackage | null {
  const { packagePath = process.env.SELMIX_PACKAGE_PATH, trustedWorkspace } = places;
  const storage = places.storage ?? defaultStorage();
  const here = path.dirname(fileURLToPath(import.meta.url));
  const stored: [string, FoundPackage["origin"]] = [
    path.join(installFolder(storage, name), "node_modules", name),
    "SelMix's own storage",
  ];
  const candidates: [string, FoundPackage["origin"]][] = [
    // Code of a folder that others can write to is theirs.
    ...(isOwn(storage) ? [stored] : []),
    ...modulesAbove(here).map((folder): [string, FoundPackage["origin"]] => [
      path.join(folder, name),
      "this installation",
    ]),
  ];
  if (packagePath) {
    candidates.unshift(
      [packagePath, "the configured path"],
      [path.join(packagePath, "node_modules", name), "the configured path"],
    );
  }
  if (trustedWorkspace) candidates.push([path.join(trustedWorkspace, "node_modules", name), "the workspace"]);
  for (const [folder, origin] of candidates) {
    const found = packageIn(folder, name, origin);
    if (found) return found;
  }
  return null;
}
