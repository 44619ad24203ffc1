/** Where the certificate of a tuned copy lies: `<output>.certificate.json`. */
import { createHash } from "node:crypto";
import { placeWithin } from "../../files/place.ts";
import { replaceFile } from "../../files/replace.ts";
import type { Project } from "../../project/load.ts";
import { ownHash, rememberOwn, removeOwn, requireOurs } from "../../project/ownFiles.ts";
import { reachOfProject } from "../../project/paths.ts";
import type { Certificate } from "../../protocol/certificate.ts";

export function certificatePath(output: string): string {
  return `${output}.certificate.json`;
}

/** Throws `NotOursError` where something is in the certificate's place that we did not write. */
export async function requireCertificatePlace(output: string, signal?: AbortSignal): Promise<void> {
  await requireOurs(certificatePath(output), signal);
}

/** Writes a certificate beside a copy; `writeOutput` has made room for it. */
export function writeCertificate(project: Project, output: string, certificate: Certificate): void {
  const place = placeWithin(reachOfProject(project), certificatePath(output));
  const text = `${JSON.stringify(certificate, null, 2)}\n`;
  rememberOwn([{ path: place, sha256: createHash("sha256").update(text).digest("hex") }]);
  replaceFile(place, text);
}

/** Takes away the certificate of a copy that is there no more, if it is as we wrote it. */
export async function removeCertificate(output: string, signal?: AbortSignal): Promise<void> {
  const place = certificatePath(output);
  if ((await ownHash(place, signal)) !== null) await removeOwn(place, signal);
}
