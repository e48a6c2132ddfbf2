/** A text that is being typed, when nothing more has been typed for a moment; emptied, it is empty at once. */
import { useEffect, useState } from "react";

const TYPING_MS = 250;

export function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), text ? TYPING_MS : 0);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
