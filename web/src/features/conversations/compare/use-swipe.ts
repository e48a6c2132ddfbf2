/** A swipe to the side, on a touch screen: one step for each. Up and down is scrolling. */
import { type TouchEvent, useRef } from "react";

const FAR_PX = 56;

export function useSwipe(onStep: (step: 1 | -1) => void) {
  const from = useRef<{ x: number; y: number }>(undefined);
  return {
    onTouchStart: ({ touches }: TouchEvent) => {
      const touch = touches[0];
      from.current = touch && { x: touch.clientX, y: touch.clientY };
    },
    onTouchEnd: ({ changedTouches, target }: TouchEvent) => {
      const touch = changedTouches[0];
      if (!from.current || !touch) return;
      const x = touch.clientX - from.current.x;
      const y = touch.clientY - from.current.y;
      from.current = undefined;
      // What scrolls to the side by itself, code or a table, keeps its swipes.
      if (target instanceof Element && target.closest("pre, .table, table, textarea, input")) return;
      if (Math.abs(x) > FAR_PX && Math.abs(x) > 2 * Math.abs(y)) onStep(x < 0 ? 1 : -1);
    },
  };
}
