/** `selmix backends --install <name>` and `--remove <name>`: native backends in our own storage, because it was asked for. */
import { BackendError, defaultStorage } from "../engine/backends/index.ts";
import { installBackend, installPlan, removeBackend } from "../engine/backends/install.ts";
import { type NativeBackend, nativePackages } from "../engine/backends/packages.ts";

/** Throws `BackendError` when there is no such backend to install, or when it fails. */
export async function installNamed(
  name: string,
  signal: AbortSignal,
  note: (line: string) => void,
): Promise<void> {
  const storage = defaultStorage();
  const plan = installPlan(nativeName(name), storage);
  const { backend, packageName, version, folder, downloadMegabytes, diskMegabytes } = plan;
  note(
    `Installing ${packageName} ${version} into ${folder}: about ${downloadMegabytes} MB to download, ${diskMegabytes} MB on disk.`,
  );
  await installBackend(backend, { storage, signal });
  note(`Installed ${packageName}.`);
}

/** Throws `BackendError` when there is no such backend. */
export async function removeNamed(name: string, note: (line: string) => void): Promise<void> {
  const { name: packageName } = nativePackages[nativeName(name)];
  const removed = await removeBackend(nativeName(name), defaultStorage());
  note(
    removed ? `Removed ${packageName}.` : `${packageName} was not installed by SelMix; nothing to remove.`,
  );
}

function nativeName(name: string): NativeBackend {
  if (isNativeName(name)) return name;
  throw new BackendError(
    `There is no backend "${name}" to install: choose one of ${Object.keys(nativePackages).join(", ")}.`,
  );
}

function isNativeName(name: string): name is NativeBackend {
  return name in nativePackages;
}
