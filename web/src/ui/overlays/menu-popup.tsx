/** The open menu: Base UI's, which brings roles, arrow keys, type-ahead and placement. Loaded by `ui/menu.tsx`. */
import { Menu } from "@base-ui/react/menu";
import type { RefObject } from "react";
import { Icon } from "../icons";
import type { MenuEntry } from "../menu";

export interface MenuPopupProps {
  anchor: RefObject<HTMLButtonElement | null>;
  label: string;
  entries: readonly MenuEntry[];
  side: "top" | "bottom";
  align: "start" | "end";
  onClose: () => void;
}

export default function MenuPopup({ anchor, label, entries, side, align, onClose }: MenuPopupProps) {
  return (
    <Menu.Root open modal={false} onOpenChange={(open) => !open && onClose()}>
      <Menu.Portal>
        <Menu.Positioner
          className="popup-place"
          anchor={anchor}
          side={side}
          align={align}
          sideOffset={6}
          collisionPadding={4}
        >
          <Menu.Popup className="popup menu" aria-label={label} finalFocus={anchor}>
            {entries.map((entry, index) =>
              entry === "separator" ? (
                <Menu.Separator key={`separator-${index}`} className="menu-line" />
              ) : (
                <Menu.Item
                  key={`${index} ${entry.label}`}
                  className={entry.danger ? "menu-item danger" : "menu-item"}
                  disabled={entry.disabled}
                  onClick={entry.onSelect}
                >
                  {entry.icon && <Icon name={entry.icon} />}
                  <span className="menu-label">
                    {entry.label}
                    {entry.note && <span className="menu-note">{entry.note}</span>}
                  </span>
                  {entry.checked && <Icon name="check" />}
                  {entry.keys && <kbd>{entry.keys}</kbd>}
                </Menu.Item>
              ),
            )}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
