/** Signs of the panel, drawn as lines of the text's own colour: they look alike in every font and theme. */

/** Paths in a square of 16. */
const paths = {
  add: "M8 2.5v11M2.5 8h11",
  close: "M3.5 3.5l9 9M12.5 3.5l-9 9",
  curve: "M2.5 2.5v11h11M4.5 4.5c4 0 7 2.5 8.5 7",
  grid: "M2.5 2.5H7V7H2.5zM9 2.5h4.5V7H9zM2.5 9H7v4.5H2.5zM9 9h4.5v4.5H9z",
  edit: "M3 13l.7-3L10.5 3.2l2.3 2.3L6 12.3zM9 4.7L11.3 7",
  check: "M2.5 8.5l3.5 3.5 7.5-8",
  circle: "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 1 0 0-11z",
  question: "M8 2a6 6 0 1 0 0 12A6 6 0 1 0 8 2zM6.2 6.4c0-2.4 3.6-2.4 3.6-.1 0 1.4-1.8 1.4-1.8 2.9M8 11v.6",
  warning: "M8 2.2L14 13H2zM8 6.2v3.4M8 11v.6",
  error: "M8 2a6 6 0 1 0 0 12A6 6 0 1 0 8 2zM5.7 5.7l4.6 4.6M10.3 5.7l-4.6 4.6",
} as const;
export type IconName = keyof typeof paths;

const svg = "http://www.w3.org/2000/svg";

/** An icon that says nothing by itself: what it stands for is in words beside it, or in the label of its button. */
export function icon(name: IconName): SVGElement {
  const element = document.createElementNS(svg, "svg");
  element.setAttribute("viewBox", "0 0 16 16");
  element.setAttribute("class", `icon ${name}`);
  element.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(svg, "path");
  line.setAttribute("d", paths[name]);
  element.append(line);
  return element;
}
