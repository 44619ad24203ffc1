/** The pairs of a cycle by the class that they train, with what each is predicted to bring. Pure. */
import { listed, named } from "../../words/names.ts";
import { counted, percent, significant } from "../../words/numbers.ts";
import type { GainMatrices } from "../shared/runStore.ts";

/** Partners that are drawn less often are not told of. */
const drawnAtAll = 0.0005;

/** Some of the training: its share, and what it is predicted to change of the objective in the cycle; null where that is not known. */
interface Part {
  readonly name: string;
  readonly share: number;
  readonly change: number | null;
}

export interface Helped extends Part {
  /** What is mixed in, that which brings most first. */
  readonly partners: readonly Part[];
}

/** The classes that get training in the cycle, those that bring most first. @param scale what a gain of 1 comes to in the cycle */
export function helpedClasses(
  names: readonly string[],
  { gain, policy }: GainMatrices,
  scale: number | null,
): Helped[] {
  if (policy === null) return [];
  const size = names.length;
  const changeOf = (at: number) => (scale === null ? null : scale * (policy[at] ?? 0) * (gain[at] ?? 0));
  const worth = ({ change, share }: Part) => change ?? share;
  return names
    .map((name, row): Helped => {
      const all = names.map((partner, column): Part => {
        const at = row * size + column;
        return { name: partner, share: policy[at] ?? 0, change: changeOf(at) };
      });
      const partners = all.filter(({ share }) => share >= drawnAtAll).toSorted((a, b) => worth(b) - worth(a));
      // Of all that is drawn, so that it adds up to what the audit predicts.
      const share = all.reduce((sum, each) => sum + each.share, 0);
      const change = scale === null ? null : all.reduce((sum, each) => sum + (each.change ?? 0), 0);
      return { name, share, change, partners };
    })
    .filter(({ share }) => share > 0)
    .toSorted((a, b) => worth(b) - worth(a));
}

/** "+0.42" */
function changeText(change: number): string {
  return significant(100 * change);
}

/** "shirt: +0.42 points per cycle, 61 % of the training" */
export function helpedText({ name, share, change }: Helped): string {
  const often = `${percent(share, share < 0.1 ? 1 : 0)} of the training`;
  return `${named(name)}: ${change === null ? often : `${changeText(change)} points per cycle, ${often}`}`;
}

/** "Mixed with t-shirt (+0.2), its own samples (+0.1) and 4 others" */
export function partnersText({ name, partners }: Helped, told: number): string {
  const names = partners.slice(0, told).map((partner) => {
    const who = partner.name === name ? "its own samples" : named(partner.name);
    return `${who} (${partner.change === null ? percent(partner.share, 1) : changeText(partner.change)})`;
  });
  const left = partners.length - names.length;
  return `Mixed with ${listed(left > 0 ? [...names, counted(left, "other")] : names, told + 1)}`;
}

/** What all of it is predicted to bring, as the audit has it, and how much of that is told of. */
export function helpedSentence(helped: readonly Helped[], told: number): string {
  const change = helped.reduce<number | null>(
    (sum, each) => (sum === null || each.change === null ? null : sum + each.change),
    0,
  );
  const most =
    helped.length > told ? `; the ${told} of ${helped.length} classes that bring most are listed` : "";
  return change === null
    ? `By the class whose label the mixes have${most}.`
    : `Together ${changeText(change)} points per cycle are predicted, as in the audit; by the class whose label the mixes have${most}.`;
}
