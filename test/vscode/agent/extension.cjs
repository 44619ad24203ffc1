// An agent as far as tests need one: asks the tools that a file of the workspace names, and writes down what they answer.
const fs = require("node:fs");
const path = require("node:path");
const vscode = require("vscode");

async function ask({ tool, input }) {
  try {
    const token = new vscode.CancellationTokenSource().token;
    const { content } = await vscode.lm.invokeTool(tool, { input, toolInvocationToken: undefined }, token);
    return { tool, text: content.map((part) => part.value).join("") };
  } catch (error) {
    return { tool, error: String(error) };
  }
}

exports.activate = async () => {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  if (folder === undefined) return;
  const questions = path.join(folder, "questions.json");
  const answers = path.join(folder, "answers.json");
  for (;;) {
    const ready = vscode.lm.tools.some(({ name }) => name.startsWith("selmix_"));
    if (ready && fs.existsSync(questions)) {
      const asked = JSON.parse(fs.readFileSync(questions, "utf8"));
      fs.rmSync(questions);
      const told = [];
      for (const one of asked) told.push(await ask(one));
      fs.writeFileSync(`${answers}.part`, JSON.stringify(told));
      fs.renameSync(`${answers}.part`, answers);
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
};
