/** Which workspace one is in, the way into another one, and the invitations that wait for an answer. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { Workspace } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Icon } from "../../ui/icon";
import { Menu, type MenuEntry } from "../../ui/menu";
import { myInvitationsQuery } from "./my-invitations-query";
import { texts } from "./texts";
import "./workspaces.css";

interface WorkspaceSwitcherProps {
  workspaces: readonly Workspace[];
  current: Workspace;
  onChoose: (slug: string) => void;
  /** Opens a page of the workspace's settings, by its name in the address. */
  onOpen: (page: string) => void;
}

export function WorkspaceSwitcher({ workspaces, current, onChoose, onOpen }: WorkspaceSwitcherProps) {
  const t = useTexts(texts);
  const navigate = useNavigate();
  // Not worth a word when it fails: they are shown in the settings as well, and asked for again.
  const { data: invitations = [] } = useQuery(myInvitationsQuery);
  const nameOf = (workspace: Workspace) => (workspace.personal ? t.personal : workspace.name);
  const label = t.switcher(nameOf(current));

  const entries = (): MenuEntry[] => [
    ...workspaces.map((workspace) => ({
      label: nameOf(workspace),
      note: workspace.personal ? t.onlyYou : t.roles[workspace.role],
      checked: workspace.id === current.id,
      onSelect: () => onChoose(workspace.slug),
    })),
    ...(invitations.length > 0 ? (["separator"] as const) : []),
    ...invitations.map(({ id, workspace_name, role }) => ({
      label: t.invited(workspace_name),
      note: t.roles[role],
      icon: "users" as const,
      onSelect: () => void navigate({ to: "/invitation/$token", params: { token: id } }),
    })),
    "separator",
    ...(current.personal ? [] : ([{ label: t.members, icon: "users", onSelect: () => onOpen("members") }] as const)),
    { label: t.settings, icon: "settings", onSelect: () => onOpen("general") },
    { label: t.create, icon: "plus", onSelect: () => onOpen("new-workspace") },
  ];

  return (
    <Menu
      label={invitations.length > 0 ? `${label}, ${t.invitations(invitations.length)}` : label}
      worded
      buttonClass="workspace-button"
      button={
        <>
          <span
            className="avatar square"
            aria-hidden="true"
            data-letter={nameOf(current).slice(0, 1).toUpperCase()}
            data-news={invitations.length > 0 || undefined}
          />
          <span className="sr-only">{t.switcherOf} </span>
          <span className="workspace-name">{nameOf(current)}</span>
          {invitations.length > 0 && <span className="sr-only">{`, ${t.invitations(invitations.length)}`}</span>}
          <Icon name="updown" />
        </>
      }
      entries={entries}
    />
  );
}
