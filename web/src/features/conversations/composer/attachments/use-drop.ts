/**
 * Files that are dragged over the page or pasted into it. Gives whether some are being dragged now. Without anybody who takes them
 * the browser does what it does.
 */
import { type RefObject, useEffect, useRef, useState } from "react";

export function useDrop(
  inside: RefObject<HTMLElement | null>,
  onFiles: ((files: Iterable<File>) => void) | undefined,
): boolean {
  const [over, setOver] = useState(false);
  const take = useRef(onFiles);
  useEffect(() => {
    take.current = onFiles;
  });
  const active = onFiles !== undefined;
  useEffect(() => {
    if (!active) return;
    // Entering a child comes before leaving its parent: only the sum says whether the pointer is still on the page.
    let depth = 0;
    const end = () => {
      depth = 0;
      setOver(false);
    };
    const onEnter = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      depth += 1;
      setOver(true);
    };
    const onLeave = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      depth -= 1;
      if (depth <= 0) end();
    };
    const onOver = (event: DragEvent) => {
      // Without this the browser leaves the page to show the file.
      if (hasFiles(event)) event.preventDefault();
    };
    const onDrop = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      end();
      take.current?.(event.dataTransfer?.files ?? []);
    };
    const onPaste = (event: ClipboardEvent) => {
      const files = event.clipboardData?.files;
      const form = inside.current;
      if (!files?.length || !(event.target instanceof Node) || !form?.contains(event.target)) return;
      // A table that was copied brings a picture of itself; the text is what was meant.
      if (event.clipboardData?.types.includes("text/plain")) return;
      event.preventDefault();
      take.current?.(files);
    };
    const listeners = { dragenter: onEnter, dragleave: onLeave, dragover: onOver, drop: onDrop, paste: onPaste };
    for (const [name, listener] of Object.entries(listeners))
      document.addEventListener(name, listener as EventListener);
    return () => {
      for (const [name, listener] of Object.entries(listeners))
        document.removeEventListener(name, listener as EventListener);
    };
  }, [inside, active]);
  return over;
}

function hasFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes("Files") ?? false;
}
