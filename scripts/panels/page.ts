/** The pages of the workbench: a panel as VS Code would open it in a theme, and the table that they lie on. */
import { type ThemeName, themeNames, themes } from "../../test/support/themes.ts";
import { scenes } from "../../test/webview/scenes.ts";

/** Text for a script: nothing in it ends the script. */
const literal = (value: unknown) => JSON.stringify(value).replaceAll("<", "\\u003c");

/** A page that runs a bundle; the scene's number stands behind # in its address. */
export function panelPage(panel: string, theme: ThemeName): string {
  const { id, kind, bodyClass, variables } = themes[theme];
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${panel}, ${theme}</title>
<link rel="stylesheet" href="${panel}.css">
<script>
for (const [name, value] of Object.entries(${literal(variables)})) document.documentElement.style.setProperty(name, value);
let kept;
const ready = new Promise((resolve) => {
  window.acquireVsCodeApi = () => ({
    postMessage: (message) => (message.type === "ready" ? resolve() : console.log("to the host", message)),
    getState: () => kept,
    setState: (state) => (kept = state),
  });
});
</script>
<script src="scenes.js"></script>
<script>const { messagesOf } = bundled;</script>
</head>
<body class="${bodyClass}" data-vscode-theme-kind="${kind}" data-vscode-theme-id="${id}">
<div id="app"></div>
<script>
addEventListener("error", ({ message }) => parent.postMessage({ problem: message }, "*"));
ready.then(() => {
  for (const message of messagesOf(Number(location.hash.slice(1)))) window.postMessage(message, "*");
});
</script>
<script src="${panel}.js"></script>
</body>
</html>`;
}

/** All scenes to choose from, one of them in every theme, drawn anew whenever a source is saved. */
export function tablePage(): string {
  const listed = scenes.map(({ panel, name }, at) => ({ at, panel, name }));
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>SelMix panels</title>
<style>
body { margin: 0; font: 13px system-ui, sans-serif; background: #ddd; }
form { position: sticky; top: 0; padding: 8px; display: flex; gap: 16px; background: #fff; }
main { display: flex; flex-wrap: wrap; gap: 8px; padding: 8px; }
iframe { border: 0; background: #fff; }
output { color: #b00; }
</style>
</head>
<body>
<form>
<label>Scene <select id="scene">${listed.map(({ at, panel, name }) => `<option value="${at}">${panel}: ${name}</option>`).join("")}</select></label>
<label>Width <select id="width"><option>300</option><option selected>820</option><option>1366</option></select></label>
<output></output>
</form>
<main></main>
<script>
const scenes = ${literal(listed)};
const themes = ${literal(themeNames)};
const [scene, width, main, output] = ["#scene", "#width", "main", "output"].map((one) => document.querySelector(one));
const wanted = new URLSearchParams(location.hash.slice(1));
if (wanted.has("scene")) scene.value = wanted.get("scene");
if (wanted.has("width")) width.value = wanted.get("width");
function show() {
  history.replaceState(null, "", "#scene=" + scene.value + "&width=" + width.value);
  output.textContent = "";
  const { panel } = scenes[scene.value];
  main.replaceChildren(...themes.map((theme) => {
    const frame = document.createElement("iframe");
    frame.src = panel + "." + theme + ".html#" + scene.value;
    frame.title = theme;
    frame.width = width.value;
    frame.height = 900;
    return frame;
  }));
}
scene.addEventListener("change", show);
width.addEventListener("change", show);
addEventListener("message", ({ data }) => { if (data.problem) output.textContent = data.problem; });
new EventSource("/esbuild").addEventListener("change", () => location.reload());
show();
</script>
</body>
</html>`;
}
