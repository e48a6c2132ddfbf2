/** Which workspace one is in, and the way into another one. */
import type { Workspace } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Icon } from "../../ui/icon";
import { Menu } from "../../ui/menu";
import { texts } from "./texts";

interface WorkspaceSwitcherProps {
  workspaces: readonly Workspace[];
  current: Workspace;
  onChoose: (slug: string) => void;
  /** Opens a page of the workspace's settings, by its name in the address. */
  onOpen: (page: string) => void;
}

export function WorkspaceSwitcher({ workspaces, current, onChoose, onOpen }: WorkspaceSwitcherProps) {
  const t = useTexts(texts);
  const nameOf = (workspace: Workspace) => (workspace.personal ? t.personal : workspace.name);
  return (
    <Menu
      label={t.switcher(nameOf(current))}
      buttonClass="workspace-button"
      button={
        <>
          <span className="avatar square" aria-hidden="true">
            {nameOf(current).slice(0, 1).toUpperCase()}
          </span>
          <span className="workspace-name">{nameOf(current)}</span>
          <Icon name="updown" />
        </>
      }
      entries={() => [
        ...workspaces.map((workspace) => ({
          label: nameOf(workspace),
          note: workspace.personal ? t.onlyYou : t.roles[workspace.role],
          checked: workspace.id === current.id,
          onSelect: () => onChoose(workspace.slug),
        })),
        "separator",
        ...(current.personal
          ? []
          : ([{ label: t.members, icon: "users", onSelect: () => onOpen("members") }] as const)),
        { label: t.settings, icon: "settings", onSelect: () => onOpen("general") },
        { label: t.create, icon: "plus", onSelect: () => onOpen("new-workspace") },
      ]}
    />
  );
}
