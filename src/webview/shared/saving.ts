/** Pictures and tables as files, with the theme's colours resolved. The host asks where to save them. */
import { h } from "./dom.ts";
import { saveAs } from "./line.ts";
import { entriesMenu, type MenuEntry } from "./menu.ts";
import type { Palette } from "./palette.ts";
import { type Picture, type Table, tableToCsv, tableToJson } from "./picture.ts";
import type { Frame, Raster } from "./scene.ts";
import { drawScene, rasterCanvas, textMeasure } from "./sceneToCanvas.ts";
import { pictureToSvg } from "./sceneToSvg.ts";

const exportWidth = 880;
/** Browsers refuse canvases that are higher than this. */
const largestSide = 16_000;

function exportFrame(palette: Palette): Frame {
  return { width: exportWidth, fontSize: palette.fontSize, measure: textMeasure(palette) };
}

/** Cells as a `data:` address of a PNG. */
export function encodeRaster(raster: Raster): string {
  return rasterCanvas(raster).toDataURL("image/png");
}

async function pictureToPng(picture: Picture, palette: Palette): Promise<Uint8Array<ArrayBuffer>> {
  const frame = exportFrame(palette);
  const height = picture.height(frame);
  const scale = Math.min(2, largestSide / height);
  const canvas = h("canvas");
  canvas.width = Math.round(frame.width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d");
  if (context === null)
    throw new Error("The browser gives no canvas to draw the PNG on; export SVG instead.");
  context.fillStyle = palette.css.background;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.scale(scale, scale);
  drawScene(context, picture.build(frame, 0, height), palette);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
  if (blob === null) throw new Error("The picture is too large for a PNG; export SVG instead.");
  return new Uint8Array(await blob.arrayBuffer());
}

function saveTable(table: Table, stem: string, kind: "csv" | "json"): void {
  saveAs(`${stem}.${kind}`, kind === "csv" ? tableToCsv(table) : tableToJson(table));
}

function menu(name: string, entries: readonly MenuEntry[]): HTMLElement {
  return entriesMenu("Export", `Export ${name}`, entries);
}

function tableEntries(table: () => { table: Table; stem: string } | null): MenuEntry[] {
  const save = (kind: "csv" | "json") => () => {
    const found = table();
    if (found !== null) saveTable(found.table, found.stem, kind);
  };
  return [
    { label: "Table as CSV", run: save("csv") },
    { label: "Table as JSON", run: save("json") },
  ];
}

/** Exports a table as CSV or JSON. */
export function tableMenu(name: string, current: () => Table | null): HTMLElement {
  const stem = name.toLowerCase().replaceAll(" ", "-");
  return menu(
    name,
    tableEntries(() => {
      const table = current();
      return table === null ? null : { table, stem };
    }),
  );
}

/** Exports a picture as SVG or PNG, its table as CSV or JSON. */
export function saveMenu(name: string, current: () => Picture | null, palette: () => Palette): HTMLElement {
  const svg = () => {
    const picture = current();
    if (picture === null) return;
    const shown = palette();
    const content = pictureToSvg(picture, exportFrame(shown), {
      ...{ css: shown.css, palette: shown },
      encode: encodeRaster,
    });
    saveAs(`${picture.fileStem}.svg`, content);
  };
  const png = async () => {
    const picture = current();
    if (picture === null) return;
    saveAs(`${picture.fileStem}.png`, await pictureToPng(picture, palette()));
  };
  return menu(name, [
    { label: "Picture as SVG", run: svg },
    { label: "Picture as PNG", run: png },
    ...tableEntries(() => {
      const picture = current();
      return picture === null ? null : { table: picture.table(), stem: picture.fileStem };
    }),
  ]);
}
