/** A button that opens a panel with controls of any kind. The panel comes with the first intent to open one. */
import { type ReactNode, type RefObject, Suspense, useRef, useState } from "react";
import { onDemand } from "./overlays/lazy";

interface PopoverProps {
  /** The accessible name of the panel, and of the button when its content is no text. */
  label: string;
  button: ReactNode;
  buttonClass?: string;
  /** For who opens it in another way than with the pointer. */
  buttonRef?: RefObject<HTMLButtonElement | null>;
  /** Without it the label is also what the pointer shows. */
  title?: string;
  /** The button's content has words of its own: they are its name. */
  worded?: boolean;
  panelClass?: string;
  side?: "top" | "bottom";
  align?: "start" | "end";
  disabled?: boolean;
  /** Somebody is about to open it: the moment to load what it shows. */
  onIntent?: () => void;
  children: (close: () => void) => ReactNode;
}

const popup = onDemand(() => import("./overlays/popover-popup"));

export function Popover(props: PopoverProps) {
  const { label, button, buttonClass = "button", worded, panelClass, side = "bottom", align = "start" } = props;
  const [open, setOpen] = useState(false);
  const own = useRef<HTMLButtonElement>(null);
  const trigger = props.buttonRef ?? own;
  const intend = () => {
    popup.preload();
    props.onIntent?.();
  };
  const close = () => setOpen(false);
  return (
    <>
      <button
        ref={trigger}
        type="button"
        className={buttonClass}
        aria-label={worded ? undefined : label}
        title={props.title ?? label}
        aria-haspopup="dialog"
        aria-expanded={open}
        disabled={props.disabled}
        onPointerEnter={intend}
        onFocus={intend}
        onClick={() => setOpen(!open)}
      >
        {button}
      </button>
      {open && (
        <Suspense>
          <popup.Component
            anchor={trigger}
            label={label}
            className={panelClass}
            side={side}
            align={align}
            onClose={close}
          >
            {props.children(close)}
          </popup.Component>
        </Suspense>
      )}
    </>
  );
}
