/** Whether something is in sight. Until the browser has said so, it is. */
import { type RefObject, useEffect, useState } from "react";

export function useInSight(ref: RefObject<Element | null>): boolean {
  const [inSight, setInSight] = useState(true);
  useEffect(() => {
    if (!ref.current) return;
    const observer = new IntersectionObserver((seen) => setInSight(seen.some((each) => each.isIntersecting)));
    observer.observe(ref.current);
    return () => observer.disconnect();
  }, [ref]);
  return inSight;
}
