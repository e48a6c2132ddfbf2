/** Files and folders that are dragged over the page. Gives whether some are being dragged now. */
import { useEffect, useRef, useState } from "react";

export function useDropZone(active: boolean, onDrop: (transfer: DataTransfer) => void): boolean {
  const [over, setOver] = useState(false);
  const take = useRef(onDrop);
  useEffect(() => {
    take.current = onDrop;
  });
  useEffect(() => {
    if (!active) return;
    // Entering a child comes before leaving its parent: only the sum says whether the pointer is still on the page.
    let depth = 0;
    const has = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    const count = (by: number) => (event: DragEvent) => {
      if (!has(event)) return;
      depth = Math.max(0, depth + by);
      setOver(depth > 0);
    };
    const onOver = (event: DragEvent) => {
      // Without this the browser leaves the page to show the file.
      if (has(event)) event.preventDefault();
    };
    const onDropped = (event: DragEvent) => {
      if (!has(event) || !event.dataTransfer) return;
      event.preventDefault();
      depth = 0;
      setOver(false);
      take.current(event.dataTransfer);
    };
    const stop = new AbortController();
    const { signal } = stop;
    document.addEventListener("dragenter", count(1), { signal });
    document.addEventListener("dragleave", count(-1), { signal });
    document.addEventListener("dragover", onOver, { signal });
    document.addEventListener("drop", onDropped, { signal });
    return () => stop.abort();
  }, [active]);
  return over;
}
