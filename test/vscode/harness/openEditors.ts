/** What VS Code in a browser keeps of a window for the time after a reload. */

/** Whether VS Code has written down which editors are open; runs in the page. */
export async function keepsOpenEditors(): Promise<boolean> {
  const done = <T>(request: IDBRequest<T>) =>
    new Promise<T>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  for (const { name } of await indexedDB.databases()) {
    if (!name?.startsWith("vscode-web-state-db")) continue;
    const database = await done(indexedDB.open(name));
    const items = database.transaction("ItemTable").objectStore("ItemTable");
    const kept = await done(items.get("memento/workbench.parts.editor"));
    database.close();
    if (kept !== undefined) return true;
  }
  return false;
}
