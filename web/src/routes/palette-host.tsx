/**
 * The place of palette and help sheet in a frame: their button, their shortcuts, and when they are open. What the palette
 * finds is put together in `palette-commands.tsx`, which is loaded with it.
 */
import { Suspense, useState } from "react";
import type { Me, Workspace } from "../api/types";
import { usePreferences } from "../features/accounts/use-preferences";
import { useTexts } from "../i18n/use-texts";
import { Icon } from "../ui/icon";
import { onDemand } from "../ui/overlays/lazy";
import { keyName, useShortcut } from "../ui/shortcuts";
import { texts } from "./palette-texts";
import "./palette-host.css";

interface PaletteHostProps {
  me: Me;
  workspace: Workspace;
  /** Begins a new conversation. */
  onNew: () => void;
  /** Only the shortcuts, where there is no room for a button. */
  bare?: boolean;
}

const palette = onDemand(() => import("./palette-commands"));
const help = onDemand(() => import("../features/palette/help-sheet"));

export function PaletteHost({ me, workspace, onNew, bare }: PaletteHostProps) {
  const t = useTexts(texts);
  const [open, setOpen] = useState<"palette" | "help">();
  const { send_with } = usePreferences(me);
  const close = () => setOpen(undefined);
  const toggle = () => {
    if (open) close();
    // Another dialog asks something: that comes first.
    else if (!document.querySelector('[role="dialog"], [role="alertdialog"]')) setOpen("palette");
  };
  useShortcut("mod+k", t.palette, toggle, { overDialogs: true });
  useShortcut("shift+?", t.help, () => setOpen("help"));
  return (
    <>
      {!bare && (
        <button
          type="button"
          className="button quiet palette-button"
          title={t.palette}
          aria-haspopup="dialog"
          aria-keyshortcuts="Control+K Meta+K"
          {...palette.intent}
          onClick={() => setOpen("palette")}
        >
          <span className="sr-only">{t.palette}</span>
          <Icon name="command" />
          <span className="palette-button-keys" aria-hidden="true">
            <kbd data-keys={keyName("mod+k")} />
          </span>
        </button>
      )}
      <Suspense>
        {open === "palette" && (
          <palette.Component
            me={me}
            workspace={workspace}
            onNew={onNew}
            onHelp={() => setOpen("help")}
            onClose={() => setOpen((now) => (now === "palette" ? undefined : now))}
          />
        )}
        {open === "help" && <help.Component sendWith={bare ? undefined : send_with} onClose={close} />}
      </Suspense>
    </>
  );
}
