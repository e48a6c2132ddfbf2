/** What is good and what is not, of figures that have no budget of their own: the bounds at which alerts are raised too. */

type Tone = "warn" | "danger" | undefined;

const ERRORS_MAX = 0.01;
const LOAD_MAX = 0.8;
const LOAD_FULL = 0.95;

export function errorTone(share: number): Tone {
  return share > ERRORS_MAX ? "danger" : undefined;
}

export function loadTone(share: number): Tone {
  if (share > LOAD_FULL) return "danger";
  return share > LOAD_MAX ? "warn" : undefined;
}
