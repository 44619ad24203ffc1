/** `selmix backends --install <name>`: puts a native backend into our own storage, because it was asked for. */
import { BackendError, defaultStorage } from "../engine/backends/index.ts";
import { installBackend, installPlan } from "../engine/backends/install.ts";
import { type NativeBackend, nativePackages } from "../engine/backends/packages.ts";

/** Throws `BackendError` when there is no such backend to install, or when it fails. */
export async function installNamed(
  name: string,
  signal: AbortSignal,
  note: (line: string) => void,
): Promise<void> {
  if (!isNativeName(name)) {
    throw new BackendError(
      `There is no backend "${name}" to install: choose one of ${Object.keys(nativePackages).join(", ")}.`,
    );
  }
  const storage = process.env.SELMIX_STORAGE || defaultStorage();
  const { packageName, version, folder, downloadMegabytes, diskMegabytes } = installPlan(name, storage);
  note(
    `Installing ${packageName} ${version} into ${folder}: about ${downloadMegabytes} MB to download, ${diskMegabytes} MB on disk.`,
  );
  await installBackend(name, { storage, signal });
  note(`Installed ${packageName}.`);
}

function isNativeName(name: string): name is NativeBackend {
  return name in nativePackages;
}
