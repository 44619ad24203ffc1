/** Draws a scene on a canvas. */
import type { Palette } from "./palette.ts";
import { type Item, outline, type Raster, textPaint } from "./scene.ts";

type Context = CanvasRenderingContext2D;

/** Cells as a small canvas of their own, one pixel a cell. */
export function rasterCanvas(raster: Raster): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = raster.columns;
  canvas.height = raster.rows;
  canvas.getContext("2d")?.putImageData(new ImageData(raster.rgba, raster.columns, raster.rows), 0, 0);
  return canvas;
}

function polygon(context: Context, points: readonly number[], close: boolean): void {
  context.beginPath();
  for (let i = 0; i + 1 < points.length; i += 2) {
    const x = points[i] ?? 0;
    const y = points[i + 1] ?? 0;
    if (i === 0) context.moveTo(x, y);
    else context.lineTo(x, y);
  }
  if (close) context.closePath();
}

function drawItem(context: Context, item: Item, palette: Palette): void {
  switch (item.kind) {
    case "rect":
      context.globalAlpha = item.opacity;
      context.beginPath();
      context.roundRect(item.x, item.y, item.width, item.height, item.radius);
      if (item.fill !== null) {
        context.fillStyle = palette.css[item.fill];
        context.fill();
      }
      if (item.stroke !== null) {
        context.strokeStyle = palette.css[item.stroke];
        context.lineWidth = 1;
        context.stroke();
      }
      break;
    case "line":
      context.globalAlpha = item.opacity;
      context.strokeStyle = palette.css[item.paint];
      context.lineWidth = item.width;
      context.lineJoin = "round";
      context.setLineDash([...item.dash]);
      polygon(context, item.points, false);
      context.stroke();
      context.setLineDash([]);
      break;
    case "area":
      context.globalAlpha = item.opacity;
      context.fillStyle = palette.css[item.fill];
      polygon(context, item.points, true);
      context.fill();
      break;
    case "mark":
      if (item.shape === "circle") {
        context.beginPath();
        context.arc(item.x, item.y, item.radius, 0, 2 * Math.PI);
      } else {
        polygon(context, outline(item.shape, item.x, item.y, item.radius), true);
      }
      if (item.fill !== null) {
        context.fillStyle = palette.css[item.fill];
        context.fill();
      }
      context.strokeStyle = palette.css[item.stroke];
      context.lineWidth = item.width;
      context.stroke();
      break;
    case "raster":
      context.imageSmoothingEnabled = false;
      context.drawImage(rasterCanvas(item.raster(palette)), item.x, item.y, item.width, item.height);
      break;
    case "text":
      context.save();
      context.fillStyle = palette.css[textPaint(item, palette)];
      context.font = `${item.bold ? "600 " : ""}${palette.fontSize * item.size}px ${palette.fontFamily}`;
      context.textAlign = item.anchor === "middle" ? "center" : item.anchor;
      context.textBaseline = "middle";
      context.translate(item.x, item.y);
      context.rotate((item.turn * Math.PI) / 180);
      context.fillText(item.text, 0, 0);
      context.restore();
      break;
  }
  context.globalAlpha = 1;
}

/** Draws the items in order. The context's transform decides where and how large. */
export function drawScene(context: Context, items: readonly Item[], palette: Palette): void {
  for (const item of items) drawItem(context, item, palette);
}

const ruler = document.createElement("canvas").getContext("2d");

/** Measures text in the theme's font. */
export function textMeasure(palette: Palette): (text: string) => number {
  return (content) => {
    if (ruler === null) return content.length * palette.fontSize * 0.55;
    ruler.font = `${palette.fontSize}px ${palette.fontFamily}`;
    return ruler.measureText(content).width;
  };
}
