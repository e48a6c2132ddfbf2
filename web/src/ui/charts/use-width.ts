/** How wide an element is, so that a drawing keeps its letters and lines at their own size at any width. */
import { type RefObject, useLayoutEffect, useState } from "react";

/** `assumed` until it has been measured, and where there is nothing to measure. */
export function useWidth(element: RefObject<HTMLElement | null>, assumed: number): number {
  const [width, setWidth] = useState(assumed);
  useLayoutEffect(() => {
    const watched = element.current;
    if (!watched) return;
    setWidth(watched.clientWidth);
    const observer = new ResizeObserver(() => setWidth(watched.clientWidth));
    observer.observe(watched);
    return () => observer.disconnect();
  }, [element]);
  return width;
}
