/**
 * Whether the reader is still at the end, from two looks at the scroller: a pure function, so that it can be tested without one.
 *
 * Not being at the end is no sign of leaving it, because the text may have grown since; nor is a smaller scroll position,
 * because a block above may have turned out smaller than was guessed. Going up by more than the content shrank is.
 */
export interface Look {
  readonly top: number;
  readonly height: number;
  readonly view: number;
}

/** So near the end counts as the end. */
const NEAR_PX = 48;

export function followsStill(followed: boolean, before: Look, now: Look): boolean {
  if (now.height - now.top - now.view < NEAR_PX) return true;
  const shrank = Math.min(0, now.height - before.height);
  return followed && now.top >= before.top + shrank - 1;
}
