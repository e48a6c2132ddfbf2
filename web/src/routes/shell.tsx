/**
 * The frame around the pages of a workspace: workspace, conversations and account at the side, on a phone in a drawer; the
 * palette and the shortcuts; what the server and other tabs say has changed.
 */
import { createRoute, Link, Outlet, useNavigate, useParams } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { AccountMenu } from "../features/accounts/account-menu";
import { useApplyPreferences } from "../features/accounts/use-preferences";
import { ConversationList } from "../features/conversations/list/conversation-list";
import { WorkspaceSwitcher } from "../features/workspaces/workspace-switcher";
import { useTexts } from "../i18n/use-texts";
import { Icon } from "../ui/icon";
import { insist } from "../ui/overlays/lazy";
import { useShortcut } from "../ui/shortcuts";
import { keepText, readText } from "../ui/storage";
import { PaletteHost } from "./palette-host";
import { Failed, rootRoute } from "./root";
import { enter } from "./session";
import { texts } from "./texts";
import { useChanges } from "./use-changes";
import "./shell.css";

export const shellRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/w/$workspace",
  beforeLoad: ({ context: { queryClient }, params, location }) => enter(queryClient, params.workspace, location.href),
  component: Shell,
  errorComponent: Failed,
});

const PAGES = [
  ["search", "search"],
  ["memories", "memory"],
  ["files", "folder"],
] as const;

const SIDE = "side";
/** For administrators, and not before what everybody came for is there. */
const BANNER_AFTER_MS = 1_000;
const AlertBanner = lazy(async () => {
  await new Promise((resolve) => setTimeout(resolve, BANNER_AFTER_MS));
  return insist(() => import("../features/performance/alerts/alert-banner"));
});

function Shell() {
  const { me, workspace } = shellRoute.useRouteContext();
  useApplyPreferences(me);
  const t = useTexts(texts);
  useChanges();
  const navigate = useNavigate();
  // Two states: on a phone the list is a drawer over the page, elsewhere a column that can be put away.
  const [drawer, setDrawer] = useState(false);
  const [folded, setFolded] = useState(() => readText(SIDE) === "folded");
  const selected = useParams({ strict: false }).conversationId;

  const fold = (next: boolean) => {
    setFolded(next);
    keepText(SIDE, next ? "folded" : "");
  };
  useShortcut("mod+b", t.toggleList, () => fold(!folded));
  useShortcut("mod+shift+o", t.newConversation, () => void toNew());

  const params = { workspace: workspace.slug };
  const toNew = () => navigate({ to: "/w/$workspace", params });

  return (
    <div className="shell" data-drawer={drawer || undefined} data-folded={folded || undefined}>
      <a className="skip" href="#main">
        {t.skip}
      </a>
      <button
        type="button"
        className="button quiet icon-only side-button"
        aria-label={t.list}
        title={t.list}
        aria-expanded={drawer || !folded}
        onClick={() => {
          setDrawer(!drawer);
          if (folded) fold(false);
        }}
      >
        <Icon name="panel" />
      </button>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the button in the drawer and Escape do the same for the keyboard. */}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a click beside the open drawer closes it. */}
      <div className="shade" onClick={() => setDrawer(false)} />
      <aside
        className="side"
        aria-label={t.side}
        onKeyDown={(event) => {
          if (event.key === "Escape") setDrawer(false);
        }}
        onClick={(event) => {
          // On a phone the list covers the page: it has done its work when a link was followed.
          if (event.target instanceof Element && event.target.closest("a")) setDrawer(false);
        }}
      >
        <div className="side-head">
          <WorkspaceSwitcher
            workspaces={me.workspaces}
            current={workspace}
            onChoose={(slug) => void navigate({ to: "/w/$workspace", params: { workspace: slug } })}
            onOpen={(page) =>
              void navigate({ to: "/w/$workspace/settings/$page", params: { workspace: workspace.slug, page } })
            }
          />
          <button
            type="button"
            className="button quiet icon-only"
            aria-label={t.hideList}
            title={t.hideList}
            onClick={() => {
              setDrawer(false);
              fold(true);
            }}
          >
            <Icon name="panel" />
          </button>
        </div>
        <nav className="side-pages" aria-label={t.pages}>
          {PAGES.map(([page, icon]) => (
            <Link key={page} to="/w/$workspace/$page" params={{ ...params, page }} className="button quiet">
              <Icon name={icon} />
              {t[page]}
            </Link>
          ))}
        </nav>
        <ConversationList
          workspace={workspace}
          me={me.user.id}
          selected={selected}
          onGone={() => void toNew()}
          actions={<PaletteHost me={me} workspace={workspace} onNew={() => void toNew()} />}
        />
        <AccountMenu
          user={me.user}
          onLeft={() => void navigate({ to: "/login" })}
          onOpen={(page) =>
            void navigate({ to: "/w/$workspace/settings/$page", params: { workspace: workspace.slug, page } })
          }
        />
      </aside>
      <main id="main" className="main" tabIndex={-1}>
        {me.user.is_admin && (
          <Suspense>
            <AlertBanner workspace={workspace.slug} />
          </Suspense>
        )}
        <Outlet />
      </main>
    </div>
  );
}
