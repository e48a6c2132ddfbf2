/**
 * Escape stops the answer, unless it is meant for something else: a menu, a dialog, another field. Where it is meant for is
 * looked up before anybody has acted on it, because afterwards the menu is gone.
 */
import { useEffect, useRef } from "react";
import { useShortcut } from "../../../ui/shortcuts";

export function StopKey({ label, onStop }: { label: string; onStop: () => void }) {
  const blocked = useRef(false);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      blocked.current = event.key === "Escape" && !isMeant(event.target);
    };
    document.addEventListener("keydown", onKeyDown, true);
    return () => document.removeEventListener("keydown", onKeyDown, true);
  }, []);
  useShortcut("escape", label, () => {
    if (!blocked.current) onStop();
  });
  return null;
}

function isMeant(target: EventTarget | null): boolean {
  if (document.querySelector(".popup, .dialog, [aria-modal]")) return false;
  if (!(target instanceof Element) || target === document.body) return true;
  const field = target.closest("input, textarea, select, [contenteditable]");
  return target.closest(".conversation") !== null && (field === null || field.closest(".composer") !== null);
}
