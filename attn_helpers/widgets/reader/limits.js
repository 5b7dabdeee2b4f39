// What a figure takes: the rules that kit/limits.py makes.
const between = (x, low, high) => x >= low && x <= high;

const KINDS = {
  "one of": (value, _state, values) => values.includes(value),
  number: (value, _state, low, high) => Number.isFinite(value) && between(value, low, high),
  whole: (value, _state, low, high) => Number.isInteger(value) && between(value, low, high),
  "place in": (value, state, name) => {
    const list = Array.isArray(state[name]) ? state[name] : state[state[name]];
    return Number.isInteger(value) && between(value, 0, list.length - 1);
  },
  text: (value, _state, least, most, letters) =>
    typeof value === "string" &&
    between(value.length, least, most) &&
    [...value].every((letter) => letters.includes(letter)),
  each: (value, state, rules) =>
    Array.isArray(value) &&
    value.length === rules.length &&
    rules.every((rule, i) => accepts(rule, value[i], state)),
  several: (value, state, rule, least, most, along) =>
    Array.isArray(value) &&
    between(value.length, least, most) &&
    value.every((entry) => accepts(rule, entry, state)) &&
    (!along || !value.length || value.length === state[along].length),
  summing: (value, state, rule, total) =>
    accepts(rule, value, state) && value.reduce((sum, x) => sum + x, 0) === total,
};

/** Whether a value keeps to a rule, where the other inputs are those of `state`. */
export function accepts([kind, ...how], value, state) {
  return KINDS[kind](value, state, ...how);
}

/** Those of the values that the figure takes, over its first state. A value that fits the
 *  others only together with a refused one is refused, too. */
export function accepted(limits, first, values) {
  const state = { ...first, ...values };
  const fits = ([name, value]) =>
    Object.hasOwn(limits, name) && accepts(limits[name], value, state);
  const taken = Object.entries(values).filter(fits);
  if (taken.length < Object.keys(values).length)
    return accepted(limits, first, Object.fromEntries(taken));
  const all = Object.keys(limits).every((name) => fits([name, state[name]]));
  return all ? values : {};
}
