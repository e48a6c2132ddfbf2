/**
 * What stands beside a list or a conversation and shows one thing of it. It is no dialog: what is beside it can be used, too.
 * It takes the focus when it comes and gives it back when it goes; Escape closes it.
 */
import { type ReactNode, useEffect, useRef } from "react";
import { useTexts } from "../i18n/use-texts";
import { Icon } from "./icon";
import { texts } from "./texts";
import "./side-panel.css";

interface SidePanelProps {
  /** What the panel is called, for who hears it. */
  label: string;
  title: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  onClose: () => void;
}

export function SidePanel({ label, title, actions, children, onClose }: SidePanelProps) {
  const t = useTexts(texts);
  const panel = useRef<HTMLElement>(null);
  const close = useRef(onClose);
  useEffect(() => {
    close.current = onClose;
  });
  useEffect(() => {
    // Wherever the focus is: what had it may have gone. What floats above the panel has its own Escape.
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.defaultPrevented) return;
      if (event.target instanceof Element && event.target.closest('[role="dialog"], [role="menu"]')) return;
      event.preventDefault();
      close.current();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
  useEffect(() => {
    const before = document.activeElement;
    const own = panel.current;
    if (own && !own.contains(before)) own.focus({ preventScroll: true });
    return () => {
      // Not from whoever has gone on to something else.
      const lost = document.activeElement === document.body || document.activeElement === null;
      if (before instanceof HTMLElement && (lost || own?.contains(document.activeElement)))
        before.focus({ preventScroll: true });
    };
  }, []);
  return (
    <>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: Escape and the button in the panel do the same for the keyboard. */}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a click beside a panel that covers the list closes it. */}
      <div className="side-panel-shade" onClick={onClose} />
      <aside ref={panel} className="side-panel" aria-label={label} tabIndex={-1}>
        <header className="side-panel-head">
          <h2>{title}</h2>
          {actions}
          <button
            type="button"
            className="button quiet icon-only"
            aria-label={t.close}
            title={t.close}
            onClick={onClose}
          >
            <Icon name="close" />
          </button>
        </header>
        <div className="side-panel-body">{children}</div>
      </aside>
    </>
  );
}
