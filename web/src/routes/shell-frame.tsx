/**
 * The frame around the pages of a workspace: the column at the side, on a phone in a drawer, and the page beside it. What stands
 * in the column comes on its own (`side.tsx`), because nobody needs it to read and write a conversation.
 */
import { Outlet, useNavigate, useParams } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useApplyPreferences } from "../features/accounts/use-preferences";
import { useTexts } from "../i18n/use-texts";
import { Icon } from "../ui/icon";
import { insist } from "../ui/overlays/lazy";
import { useShortcut } from "../ui/shortcuts";
import { Skeleton } from "../ui/states";
import { keepText, readText } from "../ui/storage";
import { type Opened, PaletteHost } from "./palette-host";
import { shellRoute } from "./shell";
import { texts } from "./texts";
import { useChanges } from "./use-changes";
import "./shell.css";

const SIDE = "side";
const loadingSide = insist(() => import("./side"));
const Side = lazy(() => loadingSide);
/** For administrators, and not before what everybody came for is there. */
const BANNER_AFTER_MS = 1_000;
const AlertBanner = lazy(async () => {
  await new Promise((resolve) => setTimeout(resolve, BANNER_AFTER_MS));
  return insist(() => import("../features/performance/alerts/alert-banner"));
});

export default function ShellFrame() {
  const { me, workspace } = shellRoute.useRouteContext();
  useApplyPreferences(me);
  // Here and not with the column: what changes before one listens is not heard of.
  useChanges();
  const t = useTexts(texts);
  const navigate = useNavigate();
  // Two states: on a phone the list is a drawer over the page, elsewhere a column that can be put away.
  const [drawer, setDrawer] = useState(false);
  const [folded, setFolded] = useState(() => readText(SIDE) === "folded");
  const [opened, setOpened] = useState<Opened>();
  const selected = useParams({ strict: false }).conversationId;

  const fold = (next: boolean) => {
    setFolded(next);
    keepText(SIDE, next ? "folded" : "");
  };
  const toNew = () => void navigate({ to: "/w/$workspace", params: { workspace: workspace.slug } });
  useShortcut("mod+b", t.toggleList, () => fold(!folded));
  useShortcut("mod+shift+o", t.newConversation, toNew);

  return (
    <div className="shell" data-drawer={drawer || undefined} data-folded={folded || undefined}>
      <PaletteHost me={me} workspace={workspace} onNew={toNew} open={opened} setOpen={setOpened} />
      <a className="skip" href="#main">
        {t.skip}
      </a>
      {me.user.is_admin && (
        <Suspense>
          <AlertBanner workspace={workspace.slug} />
        </Suspense>
      )}
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
        <Suspense fallback={<Skeleton lines={7} />}>
          <Side
            me={me}
            workspace={workspace}
            selected={selected}
            onNew={toNew}
            onPalette={() => setOpened("palette")}
            onHide={() => {
              setDrawer(false);
              fold(true);
            }}
          />
        </Suspense>
      </aside>
      <main id="main" className="main" tabIndex={-1}>
        <Outlet />
      </main>
    </div>
  );
}
