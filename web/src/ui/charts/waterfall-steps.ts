/** Where the steps of something stand on its time line, in parts of a hundred. */

/** Times in microseconds from the beginning of the whole. */
export interface Step {
  name: string;
  /** What it is, which gives it its colour. */
  kind: string;
  began: number;
  took: number;
  /** How much of it, from its beginning, was waiting: for a connection, for the writer's turn. */
  waited?: number;
  /** How much of its end was the way back: a commit that others share, the answer's way to the caller. */
  after?: number;
}

export interface Bar {
  /** Where it begins, and how wide it is; never so narrow that it can not be seen, never past the end. */
  start: number;
  width: number;
  /** The parts of its width that were waiting and the way back. */
  waited: number;
  after: number;
}

/** Half of a hundredth: about two pixels of a time line on a phone. */
const WIDTH_MIN = 0.6;

export function barOf({ began, took, waited = 0, after = 0 }: Step, whole: number): Bar {
  const total = Math.max(whole, began + took, 1);
  const width = Math.min(100, Math.max(WIDTH_MIN, (took / total) * 100));
  const part = (of: number) => (took > 0 ? round(Math.min(1, of / took) * 100) : 0);
  return {
    start: round(Math.min((began / total) * 100, 100 - width)),
    width: round(width),
    waited: part(waited),
    after: part(after),
  };
}

/** In the order in which they began; of two that began together the longer one holds the other. */
export function inOrder<S extends Step>(steps: readonly S[]): S[] {
  return [...steps].sort((one, other) => one.began - other.began || other.took - one.took);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
