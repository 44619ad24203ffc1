/** What the attributes of an estimator are called, those of the steps of a pipeline by the steps' names. */

/** An attribute within what has a name already; "" for the estimator itself. */
export function attributeIn(path: string, part: string): string {
  return path === "" ? part : `${path}.${part}`;
}

/** A step of a pipeline, ("scaler", StandardScaler()), by its name in place of its number. */
export function stepIn(path: string, name: string): string {
  return attributeIn(path.replace(/(^|\.)steps\.\d+$/, ""), name);
}
