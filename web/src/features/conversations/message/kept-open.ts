/**
 * What the reader has unfolded in this visit: a message that leaves the view leaves the document, and must come back as it was.
 */
import { useState } from "react";

const open = new Set<string>();

export function useKeptOpen(name: string): [boolean, (next: boolean) => void] {
  const [shown, setShown] = useState(() => open.has(name));
  const set = (next: boolean) => {
    setShown(next);
    if (next) open.add(name);
    else open.delete(name);
  };
  return [shown, set];
}
