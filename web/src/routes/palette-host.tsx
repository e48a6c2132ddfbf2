/** The palette's place in the shell: its button, its shortcut, and what it finds. */
import type { Me, Workspace } from "../api/types";

interface PaletteHostProps {
  me: Me;
  workspace: Workspace;
  onNew: () => void;
}

export function PaletteHost(_props: PaletteHostProps) {
  return null;
}
