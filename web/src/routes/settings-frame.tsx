/** The frame of the settings: where one is, the way back, and the page. Loaded with the first page of the settings. */
import { Link, useNavigate } from "@tanstack/react-router";
import { type ComponentType, lazy, Suspense, useEffect, useRef, useState } from "react";
import type { Me, Workspace } from "../api/types";
import { useApplyPreferences } from "../features/accounts/use-preferences";
import { useTexts } from "../i18n/use-texts";
import { Icon, type IconName } from "../ui/icons";
import { Skeleton } from "../ui/states";
import { type Opened, PaletteHost } from "./palette-host";
import { Missing } from "./root";
import { type Texts, texts } from "./settings-texts";
import { useChanges } from "./use-changes";
import "./settings-frame.css";

interface SettingsPageProps {
  me: Me;
  workspace: Workspace;
}

interface PageEntry {
  name: keyof Texts["pages"];
  icon: IconName;
  Page: ComponentType<SettingsPageProps>;
}

const page = (
  name: PageEntry["name"],
  icon: IconName,
  load: () => Promise<{ default: ComponentType<SettingsPageProps> }>,
): PageEntry => ({ name, icon, Page: lazy(load) });

const YOURS: PageEntry[] = [
  page("profile", "user", () => import("../features/accounts/settings/profile-page")),
  page("preferences", "settings", () => import("../features/accounts/settings/preferences-page")),
  page("security", "shield", () => import("../features/accounts/settings/security-page")),
  page("keys", "key", () => import("./key-pages").then(({ MyKeys }) => ({ default: MyKeys }))),
  page("my-connections", "plug", () => import("../features/connections/my-connections-page")),
  page("usage", "chart", () => import("../features/usage/my-usage-page")),
];
const WORKSPACE: PageEntry[] = [
  page("general", "home", () => import("../features/workspaces/settings/general-page")),
  page("members", "users", () => import("../features/workspaces/settings/members-page")),
  page("connections", "plug", () => import("../features/connections/workspace-connections-page")),
  page("routes", "branch", () => import("../features/routing/workspace-routes-page")),
  page("budgets", "gauge", () => import("../features/budgets/workspace-budgets-page")),
];
/** For its admins, where there is more than one's own. */
const SHARED: PageEntry[] = [
  page("workspace-keys", "key", () => import("./key-pages").then(({ WorkspaceKeys }) => ({ default: WorkspaceKeys }))),
  page("workspace-usage", "chart", () => import("../features/usage/workspace-usage-page")),
];
const AlertBanner = lazy(() => import("../features/performance/alerts/alert-banner"));

const INSTALLATION: PageEntry[] = [
  page("users", "users", () => import("../features/admin/users-page")),
  page("all-conversations", "chat", () => import("../features/admin/conversations-page")),
  page("system-connections", "plug", () => import("../features/connections/system-connections-page")),
  page("all-routes", "branch", () => import("../features/routing/all-routes-page")),
  page("all-keys", "key", () => import("./key-pages").then(({ AllKeys }) => ({ default: AllKeys }))),
  page("health", "plug", () => import("../features/connections/health-page")),
  page("all-budgets", "gauge", () => import("../features/budgets/all-budgets-page")),
  page("prices", "tag", () => import("../features/prices/prices-page")),
  page("all-usage", "chart", () => import("../features/usage/all-usage-page")),
  page("audit", "history", () => import("../features/admin/audit-page")),
  page("performance", "gauge", () => import("../features/performance/performance-page")),
  page("installation", "settings", () => import("../features/admin/installation-page")),
];
/** Reached by a command, not by the list. */
const UNLISTED: PageEntry[] = [
  page("new-workspace", "plus", () => import("../features/workspaces/settings/new-workspace-page")),
];

export default function SettingsFrame({ me, workspace, page: name }: SettingsPageProps & { page: string }) {
  useApplyPreferences(me);
  const t = useTexts(texts);
  useChanges();
  const runs = workspace.role === "owner" || workspace.role === "admin";
  const groups = [
    { title: t.you, pages: YOURS },
    {
      title: workspace.personal ? t.personal : workspace.name,
      pages: runs && !workspace.personal ? [...WORKSPACE, ...SHARED] : WORKSPACE,
    },
    ...(me.user.is_admin ? [{ title: t.installation, pages: INSTALLATION }] : []),
  ];
  const found = [...groups.flatMap((group) => group.pages), ...UNLISTED].find((each) => each.name === name);
  const navigate = useNavigate();
  const [opened, setOpened] = useState<Opened>();
  const toNew = () => void navigate({ to: "/w/$workspace", params: { workspace: workspace.slug } });
  const nav = useRef<HTMLElement>(null);
  // On a phone the list is a row that scrolls: the page one is on has to be in sight.
  useEffect(() => {
    nav.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [name]);

  return (
    <div className="settings">
      <PaletteHost me={me} workspace={workspace} onNew={toNew} open={opened} setOpen={setOpened} bare />
      <aside className="settings-side">
        <Link to="/w/$workspace" params={{ workspace: workspace.slug }} className="button quiet settings-back">
          <Icon name="back" />
          {t.back}
        </Link>
        <nav ref={nav} aria-label={t.title}>
          {groups.map((group) => (
            <section key={group.title} aria-label={group.title}>
              <h2>{group.title}</h2>
              <ul>
                {group.pages.map((entry) => (
                  <li key={entry.name}>
                    <Link
                      to="/w/$workspace/settings/$page"
                      params={{ workspace: workspace.slug, page: entry.name }}
                      className="settings-link"
                    >
                      <Icon name={entry.icon} />
                      {t.pages[entry.name]}
                    </Link>
                  </li>
                ))}
              </ul>
            </section>
          ))}
        </nav>
      </aside>
      <main id="main" className="settings-main" tabIndex={-1}>
        {me.user.is_admin && name !== "performance" && (
          <Suspense>
            <AlertBanner workspace={workspace.slug} />
          </Suspense>
        )}
        {found ? (
          <Suspense fallback={<Skeleton lines={6} />}>
            <found.Page key={`${workspace.id} ${found.name}`} me={me} workspace={workspace} />
          </Suspense>
        ) : (
          <Missing />
        )}
      </main>
    </div>
  );
}
