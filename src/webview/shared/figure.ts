/** Puts a picture on the page: canvas, read-out by pointer and arrow keys, table twin, export. */
import { h, setText } from "./dom.ts";
import { onceAFrame } from "./frames.ts";
import { isHighContrast, type Palette } from "./palette.ts";
import { movements, type Picture } from "./picture.ts";
import { saveMenu } from "./saving.ts";
import type { Frame } from "./scene.ts";
import { drawScene, textMeasure } from "./sceneToCanvas.ts";
import { tableView } from "./tableView.ts";
import { button } from "./toolkit.ts";

const zoomStep = 1.6;

export interface FigureOptions {
  readonly title: string;
  readonly palette: () => Palette;
  /** Choosers that belong to this picture. */
  readonly tools?: readonly HTMLElement[];
  /** Called when a point is chosen with Enter or a click. */
  readonly choose?: (index: number) => void;
  /** Called with each point that is dragged to, or that a key leads to. */
  readonly follow?: (index: number) => void;
}

export class Figure {
  readonly element: HTMLElement;
  private readonly options: FigureOptions;
  private readonly title: HTMLElement;
  private readonly sentence = h("p", { class: "sentence" });
  private readonly canvas: HTMLCanvasElement;
  private readonly scroller = h("div", { class: "scroller" });
  private readonly sizer = h("div", { class: "sizer" });
  private readonly readout = h("p", { class: "readout", role: "status" });
  private readonly twin = h("div", { class: "twin", hidden: true });
  private readonly tableButton: HTMLElement;
  private readonly zoomTools: HTMLElement;
  private picture: Picture | null = null;
  private selected = -1;
  private drag: { x: number; y: number; moved: boolean } | null = null;
  private readonly schedule = onceAFrame(() => this.draw());

  constructor(options: FigureOptions) {
    this.options = options;
    this.title = h("h2", {}, options.title);
    this.canvas = h("canvas", { tabindex: "0", role: "img", "aria-label": options.title });
    this.tableButton = button("Table", () => this.toggleTable());
    this.tableButton.setAttribute("aria-pressed", "false");
    this.tableButton.setAttribute("aria-label", `${options.title} as a table`);
    const zoomButton = (label: string, name: string, run: () => void) => {
      const element = button(label, run, { title: name });
      element.setAttribute("aria-label", `${name}: ${options.title}`);
      return element;
    };
    this.zoomTools = h(
      "span",
      { class: "zoom", hidden: true },
      zoomButton("+", "Zoom in", () => this.zoom(zoomStep)),
      zoomButton("−", "Zoom out", () => this.zoom(1 / zoomStep)),
      zoomButton("Fit", "Fit all", () => this.resetView()),
    );
    const menu = saveMenu(options.title, () => this.picture, options.palette);
    const tools = h(
      "div",
      { class: "tools" },
      ...(options.tools ?? []),
      this.zoomTools,
      this.tableButton,
      menu,
    );
    this.scroller.append(this.sizer, this.canvas);
    this.element = h(
      "section",
      { class: "figure", "aria-label": options.title },
      h("div", { class: "figure-head" }, this.title, tools),
      this.sentence,
      this.scroller,
      this.readout,
      this.twin,
    );
    this.listen();
  }

  /** Shows a picture; a hidden (`null`) one takes no room. */
  show(picture: Picture | null): void {
    this.picture = picture;
    this.element.hidden = picture === null;
    if (picture === null) return;
    setText(this.title, picture.title);
    setText(this.sentence, picture.sentence);
    this.canvas.setAttribute(
      "aria-label",
      `${picture.title}. ${picture.sentence} Arrow keys read out the points.`,
    );
    this.zoomTools.hidden = picture.view === undefined;
    if (this.selected >= picture.points) this.selected = -1;
    if (!this.twin.hidden) this.twin.replaceChildren(tableView(picture.table()));
    this.schedule();
  }

  /** Draws again in the next frame, after a change of theme or of the picture's view. */
  redraw(): void {
    if (this.picture !== null) this.schedule();
  }

  private frame(): Frame {
    const palette = this.options.palette();
    return { width: this.scroller.clientWidth, fontSize: palette.fontSize, measure: textMeasure(palette) };
  }

  private draw(): void {
    const picture = this.picture;
    const frame = this.frame();
    if (picture === null || frame.width <= 0) return;
    const height = Math.ceil(picture.height(frame));
    this.sizer.style.height = `${height}px`;
    const visible = Math.min(height, this.scroller.clientHeight || height);
    const top = Math.min(this.scroller.scrollTop, height - visible);
    const ratio = window.devicePixelRatio;
    const [pixelWidth, pixelHeight] = [Math.round(frame.width * ratio), Math.round(visible * ratio)];
    if (this.canvas.width !== pixelWidth || this.canvas.height !== pixelHeight) {
      this.canvas.width = pixelWidth;
      this.canvas.height = pixelHeight;
      this.canvas.style.width = `${frame.width}px`;
      this.canvas.style.height = `${visible}px`;
    }
    const context = this.canvas.getContext("2d");
    if (context === null) return;
    const palette = this.options.palette();
    context.setTransform(ratio, 0, 0, ratio, 0, -top * ratio);
    context.clearRect(0, top, frame.width, visible);
    drawScene(context, picture.build(frame, top, top + visible), palette);
    if (this.selected >= 0) {
      const box = picture.locate(frame, this.selected);
      context.strokeStyle = palette.css.focus;
      context.lineWidth = isHighContrast(palette) ? 2 : 1;
      context.strokeRect(box.x + 0.5, box.y + 0.5, Math.max(1, box.width - 1), Math.max(1, box.height - 1));
      setText(this.readout, picture.read(this.selected));
    } else {
      setText(this.readout, "");
    }
    this.canvas.dataset.drawn = String(Number(this.canvas.dataset.drawn ?? 0) + 1);
  }

  private select(index: number, scroll: boolean): void {
    if (index === this.selected || this.picture === null) return;
    this.selected = index;
    if (scroll && index >= 0) {
      const box = this.picture.locate(this.frame(), index);
      const headroom = 3 * box.height;
      const { scrollTop, clientHeight } = this.scroller;
      if (box.y < scrollTop + headroom) this.scroller.scrollTop = box.y - headroom;
      else if (box.y + box.height > scrollTop + clientHeight)
        this.scroller.scrollTop = box.y + box.height - clientHeight;
    }
    this.schedule();
  }

  private follow(): void {
    if (this.selected >= 0) this.options.follow?.(this.selected);
  }

  private toggleTable(): void {
    this.twin.hidden = !this.twin.hidden;
    this.tableButton.setAttribute("aria-pressed", String(!this.twin.hidden));
    this.twin.replaceChildren();
    if (!this.twin.hidden && this.picture !== null) this.twin.append(tableView(this.picture.table()));
  }

  private zoom(scale: number, x = 0.5, y = 0.5): void {
    this.picture?.view?.zoom(scale, x, y);
    this.schedule();
  }

  private resetView(): void {
    this.picture?.view?.reset();
    this.schedule();
  }

  private place(event: MouseEvent): { x: number; y: number } {
    const bounds = this.canvas.getBoundingClientRect();
    return { x: event.clientX - bounds.left, y: event.clientY - bounds.top + this.scroller.scrollTop };
  }

  private listen(): void {
    new ResizeObserver(this.schedule).observe(this.scroller);
    this.scroller.addEventListener("scroll", this.schedule, { passive: true });
    this.canvas.addEventListener("pointermove", (event) => {
      const { x, y } = this.place(event);
      const view = this.picture?.view;
      if (this.drag !== null && view !== undefined) {
        const frame = this.frame();
        const from = view.place(frame, this.drag.x, this.drag.y);
        const to = view.place(frame, x, y);
        view.pan(from.x - to.x, from.y - to.y);
        this.drag = { x, y, moved: true };
        this.schedule();
      } else {
        this.select(this.picture?.at(this.frame(), x, y) ?? -1, false);
        if ((event.buttons & 1) === 1) this.follow();
      }
    });
    this.canvas.addEventListener("pointerleave", () => {
      if (document.activeElement !== this.canvas) this.select(-1, false);
    });
    this.canvas.addEventListener("pointerdown", (event) => {
      if (this.options.follow !== undefined && event.button === 0) {
        // A drag that leaves the picture goes on along it.
        this.canvas.setPointerCapture(event.pointerId);
        this.follow();
      }
      if (this.picture?.view?.zoomed !== true || event.button !== 0) return;
      this.canvas.setPointerCapture(event.pointerId);
      this.drag = { ...this.place(event), moved: false };
    });
    this.canvas.addEventListener("pointerup", () => {
      const moved = this.drag?.moved === true;
      this.drag = null;
      if (!moved && this.selected >= 0) this.options.choose?.(this.selected);
    });
    this.canvas.addEventListener(
      "wheel",
      (event) => {
        const view = this.picture?.view;
        if (view === undefined || !(event.ctrlKey || event.metaKey || view.zoomed)) return;
        event.preventDefault();
        const { x, y } = this.place(event);
        const at = view.place(this.frame(), x, y);
        this.zoom(event.deltaY < 0 ? zoomStep : 1 / zoomStep, at.x, at.y);
      },
      { passive: false },
    );
    this.canvas.addEventListener("keydown", (event) => this.onKey(event));
  }

  private onKey(event: KeyboardEvent): void {
    const picture = this.picture;
    if (picture === null || event.ctrlKey || event.metaKey || event.altKey) return;
    const movement = movements.find((name) => name === event.key);
    if (movement !== undefined && event.shiftKey && picture.view !== undefined) {
      const by = {
        ArrowLeft: [-0.1, 0],
        ArrowRight: [0.1, 0],
        ArrowUp: [0, -0.1],
        ArrowDown: [0, 0.1],
      } as const;
      const [dx, dy] = movement in by ? by[movement as keyof typeof by] : [0, 0];
      picture.view.pan(dx, dy);
      this.schedule();
    } else if (movement !== undefined && picture.points > 0) {
      this.select(this.selected < 0 ? (picture.first ?? 0) : picture.step(this.selected, movement), true);
      this.follow();
    } else if (event.key === "+" || event.key === "=") this.zoom(zoomStep);
    else if (event.key === "-") this.zoom(1 / zoomStep);
    else if (event.key === "0") this.resetView();
    else if (event.key === "Enter" && this.selected >= 0) this.options.choose?.(this.selected);
    else if (event.key === "Escape") this.select(-1, false);
    else return;
    event.preventDefault();
  }
}
