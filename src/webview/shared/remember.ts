/** Keeps the last result of something costly while its inputs stay the same objects. */
export function remember<T>(): (inputs: readonly unknown[], make: () => T) => T {
  let last: { inputs: readonly unknown[]; value: T } | null = null;
  return (inputs, make) => {
    const same =
      last !== null &&
      last.inputs.length === inputs.length &&
      inputs.every((input, at) => Object.is(input, last?.inputs[at]));
    if (last === null || !same) last = { inputs, value: make() };
    return last.value;
  };
}
