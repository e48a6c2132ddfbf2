/** The stretches of time that the charts show, and how finely. */

export const RANGES = ["hour", "six", "day"] as const;
export type Range = (typeof RANGES)[number];

/** As many points as one can still point at, in steps that the server keeps. */
export const EXTENTS: Record<Range, { seconds: number; points: number }> = {
  hour: { seconds: 3_600, points: 180 },
  six: { seconds: 21_600, points: 180 },
  day: { seconds: 86_400, points: 288 },
};
