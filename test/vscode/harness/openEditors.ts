/** What VS Code in a browser keeps of its windows for the time after a reload. */

/** Which editors are open, as VS Code has written it down, of each window that there was; runs in the page. */
export async function keptEditors(): Promise<string> {
  const done = <T>(request: IDBRequest<T>) =>
    new Promise<T>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const kept: unknown[] = [];
  for (const { name } of await indexedDB.databases()) {
    if (!name?.startsWith("vscode-web-state-db")) continue;
    const database = await done(indexedDB.open(name));
    const items = database.transaction("ItemTable").objectStore("ItemTable");
    kept.push([name, await done(items.get("memento/workbench.parts.editor"))]);
    database.close();
  }
  return JSON.stringify(kept);
}
