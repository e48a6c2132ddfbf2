/**
 * The place of palette and help sheet in a frame: their shortcuts, and when they are open. What the palette finds is put together in
 * `palette-commands.tsx`, which is loaded with it.
 */
import { type Dispatch, type SetStateAction, Suspense } from "react";
import type { Me, Workspace } from "../api/types";
import { usePreferences } from "../features/accounts/use-preferences";
import { useTexts } from "../i18n/use-texts";
import { onDemand } from "../ui/overlays/lazy";
import { useShortcut } from "../ui/shortcuts";
import { texts } from "./palette-texts";

interface PaletteHostProps {
  me: Me;
  workspace: Workspace;
  /** Begins a new conversation. */
  onNew: () => void;
  open: Opened;
  setOpen: Dispatch<SetStateAction<Opened>>;
  /** Nobody writes messages here. */
  bare?: boolean;
}

/** Which of the two is open. */
export type Opened = "palette" | "help" | undefined;

export const palette = onDemand(() => import("./palette-commands"));
const help = onDemand(() => import("../features/palette/help-sheet"));

export function PaletteHost({ me, workspace, onNew, open, setOpen, bare }: PaletteHostProps) {
  const t = useTexts(texts);
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
  );
}
