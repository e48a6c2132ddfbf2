/** Keeps a scrolling list at its end while it grows, but only as long as the reader is there. */
import { useCallback, useEffect, useRef, useState } from "react";

/** So near the end counts as the end. */
const NEAR_PX = 48;

export function useStickToEnd() {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const sticks = useRef(true);
  const last = useRef(0);
  const fromEnd = useRef<number>(undefined);
  const [away, setAway] = useState(false);

  const toEnd = useCallback(() => {
    const element = scroller.current;
    if (!element) return;
    sticks.current = true;
    setAway(false);
    element.scrollTop = element.scrollHeight;
  }, []);

  /** What is in view stays there when older messages come in above it: browsers do this for us, but not at the very top. */
  const keepPlace = useCallback(() => {
    const element = scroller.current;
    if (element) fromEnd.current = element.scrollHeight - element.scrollTop;
  }, []);

  const onScroll = useCallback(() => {
    const element = scroller.current;
    if (!element) return;
    // Not being at the end is no sign of leaving it: the text may have grown since we went there. Going up is.
    if (element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX) sticks.current = true;
    else if (element.scrollTop < last.current) sticks.current = false;
    last.current = element.scrollTop;
    setAway(!sticks.current);
  }, []);

  useEffect(() => {
    if (!scroller.current || !content.current) return;
    const observer = new ResizeObserver(() => {
      const element = scroller.current;
      if (element && fromEnd.current !== undefined) {
        element.scrollTop = element.scrollHeight - fromEnd.current;
        fromEnd.current = undefined;
      } else if (sticks.current) toEnd();
      else onScroll();
    });
    // The scroller too: a growing composer or a phone's keyboard makes it smaller.
    observer.observe(content.current);
    observer.observe(scroller.current);
    return () => observer.disconnect();
  }, [toEnd, onScroll]);

  return { scroller, content, away, toEnd, keepPlace, onScroll };
}
