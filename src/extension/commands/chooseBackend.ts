/** Shows what can compute here and why; chooses one (written to the settings), installs one that is missing, or removes it again. */
import * as vscode from "vscode";
import { installableBackends, type JobResult } from "../../protocol/engine.ts";
import { errorText } from "../../words/errors.ts";
import type { App, Command } from "../app.ts";
import { JobCancelled } from "../engineJob.ts";
import { commandIds, settingIds } from "../ids.ts";
import { agrees, fail, inform, type Item as ListItem, pick } from "../tell.ts";

type Listed = JobResult<"backends">["backends"][number];
type Plan = NonNullable<Listed["install"]>;

interface Item extends ListItem {
  /** What to write to the settings; null for a backend that cannot be used. */
  readonly name: string | null;
  readonly plan: Plan | null;
  /** The backend that picking this removes. */
  readonly removes?: Plan["backend"];
}

export const chooseBackend: Command = {
  id: commandIds.chooseBackend,
  async run(app) {
    const { settings, log } = app;
    try {
      const picked = await pick(await itemsFor(app), {
        title: "Choose Backend",
        placeHolder: "Where tuning computes",
      });
      if (!picked) return;
      if (picked.plan) await install(app, picked.plan);
      else if (picked.removes) await remove(app, picked.removes);
      else if (picked.name) await settings.write(settingIds.backend, picked.name);
      else void inform(picked.detail ?? picked.label);
    } catch (error) {
      if (error instanceof JobCancelled) return;
      log.error(`Looking for backends failed: ${errorText(error)}`);
      void fail(errorText(error));
    }
  },
};

async function itemsFor({ settings, engine, projects }: App): Promise<Item[]> {
  const progress = { location: vscode.ProgressLocation.Window, title: "Trying backends" };
  const { backends } = await vscode.window.withProgress(
    progress,
    () => engine.start({ kind: "backends", ...projects.scope(projects.active?.path ?? "") }).result,
  );
  const auto: Item = {
    label: "auto",
    description: settings.backend === "auto" ? "chosen now" : "",
    detail: "The fastest that works here, chosen for each job.",
    name: "auto",
    plan: null,
  };
  return [
    auto,
    ...backends.map((backend) => itemOf(backend, settings.backend)),
    ...backends.flatMap(removalOf),
  ];
}

function removalOf({ name, removable }: Listed): Item[] {
  const removes = installableBackends.find((one) => one === name);
  if (!removable || !removes) return [];
  return [
    {
      icon: "trash",
      label: `Remove ${name}`,
      description: "installed by SelMix",
      name: null,
      plan: null,
      removes,
    },
  ];
}

function itemOf({ name, available, device, why, install: plan }: Listed, chosen: string): Item {
  if (plan) {
    const detail = `Installs ${plan.packageName} ${plan.version}: ${sizesOf(plan)}.`;
    const description = "not installed";
    return { icon: "cloud-download", label: name, description, detail, name: null, plan };
  }
  return {
    ...(!available && { icon: "circle-slash" }),
    label: name,
    description: [device ?? "not available", name === chosen ? "chosen now" : ""]
      .filter((part) => part !== "")
      .join(", "),
    detail: why,
    name: available ? name : null,
    plan: null,
  };
}

function sizesOf({ downloadMegabytes, diskMegabytes }: Plan): string {
  return `about ${downloadMegabytes} MB to download, ${diskMegabytes} MB on disk`;
}

/** Asks with the size, then installs in the background. */
async function install({ installs }: App, plan: Plan): Promise<void> {
  const { packageName, version, folder } = plan;
  const detail = `${sizesOf(plan)}, into ${folder}. Nothing else is changed.`;
  if (!(await agrees(`Install ${packageName} ${version}?`, detail, "Install"))) return;
  await installs.run(plan);
  void inform(`Installed ${packageName} ${version}.`);
}

/** The engine may have the package loaded, so it leaves first; it comes back with the next job. */
async function remove({ engine, tuner }: App, backend: Plan["backend"]): Promise<void> {
  if (tuner.active.length > 0) {
    void inform(`A tune is at work; stop it before you remove ${backend}.`);
    return;
  }
  await engine.stop();
  const { removed } = await engine.start({ kind: "remove", backend }).result;
  void inform(removed ? `Removed ${backend}.` : `${backend} was removed already.`);
}
