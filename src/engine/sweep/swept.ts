/** A project with one bound that is moved, the last of its constraints, and what was prepared of it under each of its values. */
import type { Configuration, ConstraintSetting } from "../../project/configuration.ts";
import type { Project } from "../../project/load.ts";
import { meaningFindings } from "../../project/meaning.ts";
import { ConfigurationError } from "../../project/problems.ts";
import { isSameBound } from "../../project/sameBound.ts";
import type { SweptBound } from "../../protocol/sweep.ts";
import type { Prepared } from "../problem/prepare.ts";

/** The values that bound nothing. */
const loosest = { atLeast: 0, atMost: 1 } as const;

/**
 * The project under its own constraints and the bound that is moved, which stands for the project's own of that kind, metric and scope.
 * Throws `ConfigurationError` for a bound that means nothing here.
 */
export function sweptProject(project: Project, swept: SweptBound): Project {
  const { kind, ...about } = swept;
  const others = project.configuration.constraints.flatMap((constraint) => without(constraint, swept));
  const constraints = [...others, { ...about, [kind]: loosest[kind] }];
  const configuration: Configuration = { ...project.configuration, constraints };
  const [finding] = meaningFindings(configuration);
  if (finding !== undefined) throw new ConfigurationError(project.path, finding.message);
  return { ...project, configuration };
}

/** A constraint less the bound that is moved; nothing where that is all of it. */
function without(constraint: ConstraintSetting, swept: SweptBound): ConstraintSetting[] {
  if (!isSameBound(constraint, swept)) return [constraint];
  const { atLeast, atMost, ...own } = constraint;
  const [side, other] =
    swept.kind === "atLeast" ? (["atMost", atMost] as const) : (["atLeast", atLeast] as const);
  return other === undefined ? [] : [{ ...own, [side]: other }];
}

/** What was prepared, with the moved bound at a value; without it where that is null. */
export function under<P extends Prepared>(
  prepared: P,
  { kind }: Pick<SweptBound, "kind">,
  bound: number | null,
): P {
  const at = <Constraint extends object>(constraints: readonly Constraint[]): Constraint[] => {
    const others = constraints.slice(0, -1);
    return bound === null
      ? others
      : [...others, ...constraints.slice(-1).map((one) => ({ ...one, [kind]: bound }))];
  };
  const { project } = prepared;
  const configuration = { ...project.configuration, constraints: at(project.configuration.constraints) };
  return {
    ...prepared,
    project: { ...project, configuration },
    constraints: at(prepared.constraints),
    steeredConstraints: at(prepared.steeredConstraints),
  };
}
