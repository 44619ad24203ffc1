/** The changelog of a release. */

const unreleased = "## Unreleased";

/**
 * The changelog with what is unreleased as the changes of a version. Throws where the version is none or is there already, and where
 * nothing is unreleased.
 */
export function released(changelog: string, version: string, date: Date): string {
  if (!/^\d+\.\d+\.\d+$/.test(version))
    throw new Error(`${JSON.stringify(version)} is no version; name one, as 0.2.0.`);
  if (changelog.split("\n").some((line) => line.split(" ")[1] === version))
    throw new Error(`Version ${version} is in the changelog already; name the next.`);
  const [before, after] = changelog.split(`${unreleased}\n`);
  const changes = after?.split(/^## /m)[0]?.trim() ?? "";
  if (after === undefined || changes === "")
    throw new Error(`Nothing stands under "${unreleased}" in the changelog; say what changed.`);
  return `${before}${unreleased}\n\n## ${version} (${date.toISOString().slice(0, 10)})\n${after}`;
}
