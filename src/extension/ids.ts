/** Every name that package.json and the code must agree on. test/extension/manifest.test.ts holds them together. */

export const commandIds = {
  createConfiguration: "selmix.createConfiguration",
  tryExample: "selmix.tryExample",
  openConfiguration: "selmix.openConfiguration",
  selectConfiguration: "selmix.selectConfiguration",
  selectObjective: "selmix.selectObjective",
  addConstraint: "selmix.addConstraint",
  editConstraint: "selmix.editConstraint",
  removeConstraint: "selmix.removeConstraint",
  sweepBound: "selmix.sweepBound",
  sweepGrid: "selmix.sweepGrid",
  showFrontier: "selmix.showFrontier",
  usePoint: "selmix.usePoint",
  setBound: "selmix.setBound",
  tuneCheckpoint: "selmix.tuneCheckpoint",
  tuneLatest: "selmix.tuneLatest",
  stop: "selmix.stop",
  toggleAutoRetune: "selmix.toggleAutoRetune",
  evaluate: "selmix.evaluate",
  inspectCheckpoint: "selmix.inspectCheckpoint",
  insertExportScript: "selmix.insertExportScript",
  selectHead: "selmix.selectHead",
  showGain: "selmix.showGain",
  showRecall: "selmix.showRecall",
  compareRuns: "selmix.compareRuns",
  showRuns: "selmix.showRuns",
  runControls: "selmix.runControls",
  promoteRun: "selmix.promoteRun",
  nameRun: "selmix.nameRun",
  openRunFolder: "selmix.openRunFolder",
  copyRunPath: "selmix.copyRunPath",
  revealOutput: "selmix.revealOutput",
  copyLoadingSnippet: "selmix.copyLoadingSnippet",
  saveReport: "selmix.saveReport",
  useRun: "selmix.useRun",
  discardRun: "selmix.discardRun",
  pinRun: "selmix.pinRun",
  unpinRun: "selmix.unpinRun",
  deleteRun: "selmix.deleteRun",
  chooseBackend: "selmix.chooseBackend",
  showLog: "selmix.showLog",
  refresh: "selmix.refresh",
} as const;

export const viewIds = {
  tuning: "selmix.tuning",
  checkpoints: "selmix.checkpoints",
  runs: "selmix.runs",
} as const;

/** Webview panel types; the serializer of a panel is registered under the same id. */
export const panelIds = {
  gain: "selmix.gain",
  recall: "selmix.recall",
  compare: "selmix.compare",
} as const;
/** The table of runs, which is about all of them. */
export const runsPanelId = "selmix.runsTable";
/** The frontier of a sweep. */
export const frontierPanelId = "selmix.frontier";
/** Editors of checkpoints: of types that nobody else opens, and of those that others own, where it is offered only. */
export const checkpointEditorIds = {
  own: "selmix.checkpoint",
  offered: "selmix.checkpointOffered",
} as const;
export type PanelKind = keyof typeof panelIds;

/** Tools for agents. */
export const toolIds = {
  inspect: "selmix_inspect",
  evaluate: "selmix_evaluate",
  explain: "selmix_explainRun",
  compare: "selmix_compareRuns",
  tune: "selmix_tune",
  use: "selmix_useRun",
} as const;

export const contextKeys = {
  /** A selmix.json exists in the workspace. */
  hasConfiguration: "selmix.hasConfiguration",
  severalConfigurations: "selmix.severalConfigurations",
  hasConstraints: "selmix.hasConstraints",
  hasCheckpoints: "selmix.hasCheckpoints",
  running: "selmix.running",
  hasRuns: "selmix.hasRuns",
  canCompare: "selmix.canCompare",
  /** What the walkthrough ticks, once it was done and not only opened. */
  choseObjective: "selmix.choseObjective",
  sawResult: "selmix.sawResult",
  retunes: "selmix.retunes",
  /** The first search for configurations, checkpoints and runs is over: welcome views wait for it. */
  ready: "selmix.ready",
} as const;

/** Settings, without the `selmix.` in front. */
export const settingIds = {
  backend: "backend",
  packagePath: "packagePath",
  threads: "threads",
  usePolling: "watch.usePolling",
  notifyWhenTuned: "notifyWhenTuned",
  allowPathsOutsideWorkspace: "allowPathsOutsideWorkspace",
  keepRuns: "keepRuns",
} as const;

/** Values of `contextValue` in the trees, which the menus of package.json look at. */
export const treeItemKinds = {
  checkpoint: "checkpoint",
  run: "run",
  runWithResult: "run.result",
  runRunning: "run.running",
  pinnedRun: "run.pinned",
  pinnedRunWithResult: "run.result.pinned",
} as const;
