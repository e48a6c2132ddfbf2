/** A button that opens a small panel beneath or above it. Closes on Escape, on a click elsewhere, and when the focus leaves. */
import { type ReactNode, useEffect, useId, useRef, useState } from "react";

interface PopoverProps {
  /** Accessible name of the button, when its content is no text. */
  name?: string;
  button: ReactNode;
  buttonClass: string;
  place?: "below" | "below-end" | "above";
  children: (close: () => void) => ReactNode;
}

export function Popover({ name, button, buttonClass, place = "below", children }: PopoverProps) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const trigger = useRef<HTMLButtonElement>(null);
  const id = useId();

  useEffect(() => {
    if (!open) return;
    const outside = (event: PointerEvent) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [open]);

  const close = () => {
    setOpen(false);
    trigger.current?.focus();
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys belong to the controls inside; this only watches them.
    <div
      ref={root}
      className="popover"
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !open) return;
        event.stopPropagation();
        close();
      }}
      onBlur={(event) => {
        if (event.relatedTarget && !root.current?.contains(event.relatedTarget)) setOpen(false);
      }}
    >
      <button
        ref={trigger}
        type="button"
        className={buttonClass}
        aria-label={name}
        title={name}
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
      >
        {button}
      </button>
      {open && (
        // Focusable, so that a press on a label inside does not move the focus out and close the panel.
        <div id={id} className={`popover-panel ${place}`} tabIndex={-1}>
          {children(close)}
        </div>
      )}
    </div>
  );
}
