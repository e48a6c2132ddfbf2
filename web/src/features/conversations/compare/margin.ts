/** How much worse is still good enough, on the scale of the ratings. Pure. */

export const MARGINS = [25, 50, 100] as const;
export type Margin = (typeof MARGINS)[number];

/** Of a hundred votes between two models that lie so far apart, how many the lower one gets: 400 points are odds of ten to one. */
export function votesWithin(margin: number): number {
  return Math.round(100 / (1 + 10 ** (margin / 400)));
}
