/** Opens the palette with the pointer. */
import { useTexts } from "../i18n/use-texts";
import { Icon } from "../ui/icon";
import { keyName } from "../ui/shortcuts";
import { palette } from "./palette-host";
import { texts } from "./palette-texts";
import "./palette-button.css";

export function PaletteButton({ onOpen }: { onOpen: () => void }) {
  const t = useTexts(texts);
  return (
    <button
      type="button"
      className="button quiet palette-button"
      title={t.palette}
      aria-haspopup="dialog"
      aria-keyshortcuts="Control+K Meta+K"
      {...palette.intent}
      onClick={onOpen}
    >
      <span className="sr-only">{t.palette}</span>
      <Icon name="command" />
      <span className="palette-button-keys" aria-hidden="true">
        <kbd data-keys={keyName("mod+k")} />
      </span>
    </button>
  );
}
