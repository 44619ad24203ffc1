/**
 * Globs over paths with forward slashes, matched without backtracking: the pattern is a set of states that moves along the
 * path (Thompson, "Regular Expression Search Algorithm", 1968), so the work is at most pattern times path, whatever they hold.
 *
 * `*` and `?` stay within a folder, `**` crosses folders, `[a-z]` and `[!a-z]` are one character, `{a,b}` is one of several,
 * and `@(a|b)`, `?(a|b)`, `*(a|b)`, `+(a|b)` are one, at most one, any number and at least one of them. A backslash takes the next
 * character as it is. As everywhere, a name that begins with a dot must be named with it.
 */

/** A part of a pattern. */
type Part =
  | { readonly kind: "one"; readonly accepts: (character: string) => boolean }
  /** Nothing, where no hidden name begins. */
  | { readonly kind: "visible" }
  | { readonly kind: "sequence"; readonly parts: readonly Part[] }
  | { readonly kind: "choice"; readonly options: readonly Part[] }
  | { readonly kind: "repeat"; readonly part: Part; readonly least: 0 | 1; readonly many: boolean };

/** A state and where it leads: over a character, or over none. */
type State =
  | { readonly accepts: (character: string) => boolean; readonly next: number }
  | { readonly visible: boolean; readonly to: readonly number[] };

const inName: Part = { kind: "one", accepts: (character) => character !== "/" };
const visible: Part = { kind: "visible" };
const slash = literal("/");
const anyInName = repeat(inName, 0);
/** Folders of any depth, none of them hidden, each with the slash behind it. */
const folders = repeat({ kind: "sequence", parts: [visible, repeat(inName, 1), slash] }, 0);

/** A glob in two: the folder it begins with, up to the last slash before anything special, and the rest. */
export function splitGlob(glob: string): { readonly base: string; readonly pattern: string } {
  const special = glob.search(/[\\*?[{]|[@+]\(/);
  const end = (special < 0 ? glob : glob.slice(0, special)).lastIndexOf("/") + 1;
  return { base: glob.slice(0, end), pattern: glob.slice(end) };
}

/** Whether a whole path matches a glob. */
export function globMatcher(glob: string): (path: string) => boolean {
  return matcher(new GlobReader(glob).all());
}

/** Whether a whole path is the given texts in order, with anything but a slash between each two of them. */
export function textsMatcher(texts: readonly string[]): (path: string) => boolean {
  const parts = texts.flatMap((text, index) => [
    ...(index > 0 ? [anyInName] : []),
    ...[...text].map(literal),
  ]);
  return matcher({ kind: "sequence", parts });
}

function literal(wanted: string): Part {
  return { kind: "one", accepts: (character) => character === wanted };
}

function repeat(part: Part, least: 0 | 1, many = true): Part {
  return { kind: "repeat", part, least, many };
}

/** Reads a glob from left to right; what is not closed is taken as it is. */
class GlobReader {
  readonly #glob: readonly string[];
  #at = 0;

  constructor(glob: string) {
    this.#glob = [...glob];
  }

  all(): Part {
    return this.#sequence("");
  }

  /** Parts up to one of the characters of `until`, or to the end. */
  #sequence(until: string): Part {
    const parts: Part[] = [];
    while (this.#at < this.#glob.length && !until.includes(this.#peek())) parts.push(...this.#part());
    return { kind: "sequence", parts };
  }

  #peek(ahead = 0): string {
    return this.#glob[this.#at + ahead] ?? "";
  }

  get #beginsName(): boolean {
    return this.#at === 0 || "/{,(|".includes(this.#glob[this.#at - 1] ?? "");
  }

  #part(): Part[] {
    const shown = this.#beginsName ? [visible] : [];
    const character = this.#peek();
    if ("@?*+".includes(character) && this.#peek(1) === "(" && this.#closes("(", ")", 1)) {
      return [...shown, this.#group(character)];
    }
    switch (character) {
      case "*":
        return this.#stars(shown);
      case "?":
        this.#at += 1;
        return [...shown, inName];
      case "[":
        return [...shown, this.#set()];
      case "{":
        if (this.#closes("{", "}", 0)) return [this.#choice(",", "}")];
        break;
      case "/":
        if (this.#at === this.#glob.length - 3 && this.#peek(1) + this.#peek(2) === "**")
          return this.#below();
        break;
      case "\\":
        this.#at += 1;
        break;
    }
    const plain = this.#peek();
    this.#at += 1;
    return plain === "" ? [] : [literal(plain)];
  }

  /** `a/**` at the end: everything below a folder, and a file of its name. */
  #below(): Part[] {
    this.#at = this.#glob.length;
    const inside: Part = { kind: "sequence", parts: [slash, folders, visible, repeat(inName, 1)] };
    return [repeat(inside, 0, false)];
  }

  #stars(shown: readonly Part[]): Part[] {
    const alone = shown.length > 0;
    let count = 0;
    for (; this.#peek() === "*" && !(this.#peek(1) === "(" && count > 0); this.#at++) count += 1;
    const next = this.#peek();
    if (alone && count > 1 && next === "/") {
      this.#at += 1;
      return [folders];
    }
    const endsName = next === "" || "/},|)".includes(next);
    if (alone && count > 1 && endsName) return [folders, ...shown, repeat(inName, 1)];
    return [...shown, repeat(inName, alone && endsName ? 1 : 0)];
  }

  /** `@(a|b)` and its like; the character before the parenthesis says how often. */
  #group(how: string): Part {
    this.#at += 1;
    const choice = this.#choice("|", ")");
    if (how === "@") return choice;
    return repeat(choice, how === "+" ? 1 : 0, how !== "?");
  }

  #choice(separator: string, close: string): Part {
    const options: Part[] = [];
    do {
      this.#at += 1;
      options.push(this.#sequence(separator + close));
    } while (this.#peek() === separator);
    this.#at += 1;
    return { kind: "choice", options };
  }

  /** Whether what opens `ahead` of here is closed further on. */
  #closes(open: string, close: string, ahead: number): boolean {
    let depth = 0;
    for (let at = this.#at + ahead; at < this.#glob.length; at++) {
      const character = this.#glob[at];
      if (character === "\\") at += 1;
      else if (character === open) depth += 1;
      else if (character === close && --depth === 0) return true;
    }
    return false;
  }

  /** `[abc]`, `[a-z]`, `[!a]`, `[^a]`; a bracket that is never closed is itself. */
  #set(): Part {
    const begin = this.#at + 1;
    const negated = "!^".includes(this.#glob[begin] ?? " ");
    const first = negated ? begin + 1 : begin;
    const end = this.#glob.indexOf("]", first + 1);
    this.#at += 1;
    if (end < 0) return literal("[");
    const body = this.#glob.slice(first, end);
    this.#at = end + 1;
    const ranges: [string, string][] = [];
    for (let i = 0; i < body.length; i++) {
      const [low = "", dash, high] = body.slice(i, i + 3);
      const isRange = dash === "-" && high !== undefined;
      ranges.push([low, isRange ? high : low]);
      if (isRange) i += 2;
    }
    const listed = (character: string) => ranges.some(([low, high]) => character >= low && character <= high);
    return { kind: "one", accepts: (character) => character !== "/" && listed(character) !== negated };
  }
}

function matcher(part: Part): (path: string) => boolean {
  const states: State[] = [{ visible: false, to: [] }];
  const start = build(part, 0, states);
  let automaton = new Automaton(states, start);
  return (path) => {
    if (automaton.places > mostPlaces) automaton = new Automaton(states, start);
    return automaton.matches(path);
  };
}

/** Adds the states of a part that leads to `next`, and returns the one it begins with. */
function build(part: Part, next: number, states: State[]): number {
  const add = (state: State) => states.push(state) - 1;
  switch (part.kind) {
    case "one":
      return add({ accepts: part.accepts, next });
    case "visible":
      return add({ visible: true, to: [next] });
    case "sequence":
      return part.parts.reduceRight((after, one) => build(one, after, states), next);
    case "choice":
      return add({ visible: false, to: part.options.map((option) => build(option, next, states)) });
    case "repeat": {
      const to: number[] = [];
      const again = add({ visible: false, to });
      const first = build(part.part, part.many ? again : next, states);
      to.push(first, next);
      return part.least === 0 ? again : first;
    }
  }
}

/** Places that are kept from one path to the next. */
const mostPlaces = 500;

/** A set of states, and the places behind the characters that were met here. */
interface Place {
  readonly states: readonly number[];
  /** Whether a name begins here. */
  readonly beginsName: boolean;
  readonly ends: boolean;
  readonly next: Map<string, Place>;
}

/** Walks the sets of states, each made when a path first comes there: thousands of paths go the same ways. */
class Automaton {
  readonly #states: readonly State[];
  readonly #places = new Map<string, Place>();
  readonly #start: Place;

  constructor(states: readonly State[], start: number) {
    this.#states = states;
    this.#start = this.#place([start], true);
  }

  get places(): number {
    return this.#places.size;
  }

  matches(path: string): boolean {
    let place = this.#start;
    for (const character of path) {
      let next = place.next.get(character);
      if (!next) {
        next = this.#move(place, character);
        place.next.set(character, next);
      }
      place = next;
    }
    return place.ends;
  }

  #move({ states, beginsName }: Place, character: string): Place {
    const moved = new Set<number>();
    for (const at of this.#reached(states, beginsName && character === ".")) {
      const state = this.#states[at];
      if (state && "accepts" in state && state.accepts(character)) moved.add(state.next);
    }
    return this.#place(
      [...moved].sort((a, b) => a - b),
      character === "/",
    );
  }

  #place(states: readonly number[], beginsName: boolean): Place {
    const key = `${beginsName} ${states}`;
    const known = this.#places.get(key);
    if (known) return known;
    const place = { states, beginsName, ends: this.#reached(states, false).has(0), next: new Map() };
    this.#places.set(key, place);
    return place;
  }

  /** All states that are reached from these over no character. */
  #reached(from: readonly number[], hidden: boolean): Set<number> {
    const reached = new Set<number>();
    const waiting = [...from];
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      const state = this.#states[at];
      if (!state || reached.has(at) || ("visible" in state && state.visible && hidden)) continue;
      reached.add(at);
      if ("to" in state) waiting.push(...state.to);
    }
    return reached;
  }
}
