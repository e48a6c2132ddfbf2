/** The open panel of a popover, on Base UI's primitive. Loaded by `ui/popover.tsx`. */
import { Popover } from "@base-ui/react/popover";
import type { ReactNode, RefObject } from "react";

export interface PopoverPopupProps {
  anchor: RefObject<HTMLButtonElement | null>;
  label: string;
  className?: string;
  side: "top" | "bottom";
  align: "start" | "end";
  onClose: () => void;
  children: ReactNode;
}

export default function PopoverPopup({ anchor, label, className, side, align, onClose, children }: PopoverPopupProps) {
  return (
    <Popover.Root open onOpenChange={(open) => !open && onClose()}>
      <Popover.Portal>
        <Popover.Positioner
          className="popup-place"
          anchor={anchor}
          side={side}
          align={align}
          sideOffset={6}
          collisionPadding={4}
        >
          <Popover.Popup className={className ? `popup ${className}` : "popup"} aria-label={label} finalFocus={anchor}>
            {children}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
