/**
 * What stands in the column at the side: workspace, pages, conversations and account, the way to the palette. Loaded beside the page,
 * not before it.
 */
import { Link, useNavigate } from "@tanstack/react-router";
import type { Me, Workspace } from "../api/types";
import { AccountMenu } from "../features/accounts/account-menu";
import { ConversationList } from "../features/conversations/list/conversation-list";
import { WorkspaceSwitcher } from "../features/workspaces/workspace-switcher";
import { useTexts } from "../i18n/use-texts";
import { Icon } from "../ui/icon";
import { PaletteButton } from "./palette-button";
import { texts } from "./texts";

const PAGES = [
  ["search", "search"],
  ["memories", "memory"],
  ["files", "folder"],
  ["compare", "columns"],
  ["batches", "layers"],
] as const;

interface SideProps {
  me: Me;
  workspace: Workspace;
  /** The conversation that is open. */
  selected: string | undefined;
  /** Begins a new conversation. */
  onNew: () => void;
  onPalette: () => void;
  /** Puts the column away. */
  onHide: () => void;
}

export default function Side({ me, workspace, selected, onNew, onPalette, onHide }: SideProps) {
  const t = useTexts(texts);
  const navigate = useNavigate();
  const toSettings = (page: string) =>
    void navigate({ to: "/w/$workspace/settings/$page", params: { workspace: workspace.slug, page } });
  return (
    <>
      <div className="side-head">
        <WorkspaceSwitcher
          workspaces={me.workspaces}
          current={workspace}
          onChoose={(slug) => void navigate({ to: "/w/$workspace", params: { workspace: slug } })}
          onOpen={toSettings}
        />
        <button
          type="button"
          className="button quiet icon-only"
          aria-label={t.hideList}
          title={t.hideList}
          onClick={onHide}
        >
          <Icon name="panel" />
        </button>
      </div>
      <nav className="side-pages" aria-label={t.pages}>
        {PAGES.map(([page, icon]) => (
          <Link
            key={page}
            to="/w/$workspace/$page"
            params={{ workspace: workspace.slug, page }}
            className="button quiet"
          >
            <Icon name={icon} />
            {t[page]}
          </Link>
        ))}
      </nav>
      <ConversationList
        workspace={workspace}
        me={me.user.id}
        selected={selected}
        onGone={onNew}
        onReplay={(conversations) =>
          void navigate({
            to: "/w/$workspace/$page",
            params: { workspace: workspace.slug, page: "batches" },
            search: { batch: "new", conversations },
          })
        }
        actions={<PaletteButton onOpen={onPalette} />}
      />
      <AccountMenu user={me.user} onLeft={() => void navigate({ to: "/login" })} onOpen={toSettings} />
    </>
  );
}
