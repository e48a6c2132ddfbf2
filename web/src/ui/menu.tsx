/**
 * A button that opens a menu of actions. The button is here at once; the menu itself comes with the first intent to open one.
 *
 *   <Menu label={t.more} button={<Icon name="more" />} buttonClass="button quiet icon-only" entries={[…]} />
 */
import { type ReactNode, Suspense, useRef, useState } from "react";
import type { IconName } from "./icons";
import { onDemand } from "./overlays/lazy";

export type MenuEntry =
  | "separator"
  | {
      label: string;
      onSelect: () => void;
      icon?: IconName;
      /** A second, quieter line. */
      note?: string;
      /** The shortcut that does the same, as `keyName` of `shortcuts.ts` writes it. */
      keys?: string;
      /** The one that is in force among several. */
      checked?: boolean;
      danger?: boolean;
      disabled?: boolean;
    };

interface MenuProps {
  /** The accessible name of button and menu. */
  label: string;
  button: ReactNode;
  /** The button's content has words: they are its name, and `label` is the menu's alone. */
  worded?: boolean;
  buttonClass?: string;
  /** Without it the label is also what the pointer shows. */
  title?: string;
  /** A function, when making the entries is worth putting off until the menu opens. */
  entries: readonly MenuEntry[] | (() => readonly MenuEntry[]);
  side?: "top" | "bottom";
  align?: "start" | "end";
  disabled?: boolean;
  /** For a button among many that are reached by arrow keys. */
  tabIndex?: number;
}

const popup = onDemand(() => import("./overlays/menu-popup"));

export function Menu({
  label,
  button,
  worded,
  buttonClass = "button",
  title,
  entries,
  side = "bottom",
  align = "start",
  disabled,
  tabIndex,
}: MenuProps) {
  const [open, setOpen] = useState(false);
  const trigger = useRef<HTMLButtonElement>(null);
  return (
    <>
      <button
        ref={trigger}
        type="button"
        className={buttonClass}
        aria-label={worded ? undefined : label}
        title={title ?? label}
        aria-haspopup="menu"
        aria-expanded={open}
        disabled={disabled}
        tabIndex={tabIndex}
        {...popup.intent}
        onClick={() => setOpen(!open)}
        onKeyDown={(event) => {
          if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
          event.preventDefault();
          setOpen(true);
        }}
      >
        {button}
      </button>
      {open && (
        <Suspense>
          <popup.Component
            anchor={trigger}
            label={label}
            entries={typeof entries === "function" ? entries() : entries}
            side={side}
            align={align}
            onClose={() => setOpen(false)}
          />
        </Suspense>
      )}
    </>
  );
}
