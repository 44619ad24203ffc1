/** Elements without markup strings: nothing here is ever parsed as HTML, and styles are set by CSSOM only. */

type Child = Node | string | null;
type Attributes = Record<string, string | boolean | ((event: Event) => void)>;

/** Builds an element. A function attribute is a listener of that event; `true` is an empty attribute, `false` none. */
export function h<T extends keyof HTMLElementTagNameMap>(
  tag: T,
  attributes?: Attributes,
  ...children: Child[]
): HTMLElementTagNameMap[T];
export function h(tag: string, attributes?: Attributes, ...children: Child[]): HTMLElement;
export function h(tag: string, attributes: Attributes = {}, ...children: Child[]): HTMLElement {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** Writes text only where it differs, so that screen readers are not told the same thing twice. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Puts a child for each text where they differ from those there, so that screen readers are not told the same twice. */
export function setChildren(
  parent: HTMLElement,
  texts: readonly string[],
  make: (text: string, at: number) => Node,
): void {
  const wanted = texts.join("\n");
  if (parent.dataset.content === wanted) return;
  parent.dataset.content = wanted;
  parent.replaceChildren(...texts.map(make));
}

let lastId = 0;
/** An id that no other element has. */
export function uniqueId(prefix: string): string {
  lastId += 1;
  return `${prefix}-${lastId}`;
}
