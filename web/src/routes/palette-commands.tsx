/** What the palette finds: the conversations, pages, workspaces and actions of whoever is here. Loaded with the palette. */
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { call } from "../api/client";
import { explain } from "../api/problem";
import type { Me, Workspace } from "../api/types";
import { wayTo } from "../api/way-to";
import { useLogout } from "../features/accounts/queries";
import { usePreferences, useSavePreferences } from "../features/accounts/use-preferences";
import { isHidden } from "../features/conversations/list/deletion";
import {
  knownConversation,
  useDeleteWithUndo,
  useUpdateConversation,
} from "../features/conversations/list/list-queries";
import { copyLink } from "../features/conversations/list/row";
import type { Command, Found } from "../features/palette/entries";
import { Palette } from "../features/palette/palette";
import { shownPieces } from "../features/search/snippet";
import { LOCALE_NAMES, LOCALES } from "../i18n/locale";
import { useTexts } from "../i18n/use-texts";
import type { IconName } from "../ui/icons";
import { activeShortcuts } from "../ui/shortcuts";
import { currentToasts, endToast, showToast } from "../ui/toast";
import { texts } from "./command-texts";
import { type Texts as PageTexts, texts as pageTexts } from "./settings-texts";
import { texts as frameTexts } from "./texts";

interface PaletteCommandsProps {
  me: Me;
  workspace: Workspace;
  onNew: () => void;
  onHelp: () => void;
  onClose: () => void;
}

type Page = readonly [keyof PageTexts["pages"], IconName];

const YOURS: readonly Page[] = [
  ["profile", "user"],
  ["preferences", "settings"],
  ["security", "shield"],
  ["keys", "key"],
  ["my-connections", "plug"],
];
const WORKSPACE: readonly Page[] = [
  ["general", "home"],
  ["members", "users"],
  ["connections", "plug"],
  ["new-workspace", "plus"],
];
const INSTALLATION: readonly Page[] = [
  ["users", "users"],
  ["system-connections", "plug"],
  ["installation", "settings"],
];
/** The shortcuts that have a picture of their own, and come first. */
const ICONS: Record<string, IconName> = { "mod+shift+o": "plus", "mod+b": "panel", "mod+shift+c": "copy" };
/** Those that the palette has by itself. */
const OWN = new Set(["mod+k", "shift+?", "escape"]);

const PLACES = [
  ["search", "search"],
  ["memories", "memory"],
  ["files", "folder"],
  ["compare", "columns"],
  ["leaderboard", "columns"],
  ["batches", "layers"],
] as const;

/** Shorter than this and every text has it. */
const TEXT_MIN = 2;
const HITS_MAX = 6;
const RECENT = 5;
const FOUND_MAX = 10;

export default function PaletteCommands({ me, workspace, onNew, onHelp, onClose }: PaletteCommandsProps) {
  const t = useTexts(texts);
  const frame = useTexts(frameTexts);
  const navigate = useNavigate();
  const toPage = (slug: string, page: string, search: { q?: string }) =>
    void navigate({ to: "/w/$workspace/$page", params: { workspace: slug, page }, search });
  const nameOf = (each: Workspace) => (each.personal ? t.personal : each.name);
  const commands = [
    ...useConversationCommands(workspace),
    ...useActions(onNew, onHelp),
    ...me.workspaces
      .filter((each) => each.id !== workspace.id)
      .map<Command>((each) => ({
        id: each.id,
        group: t.groups.workspaces,
        label: t.switchTo(nameOf(each)),
        icon: "home",
        keywords: `${each.name} ${each.slug} workspace switch`,
        run: () => void navigate({ to: "/w/$workspace", params: { workspace: each.slug } }),
      })),
    ...PLACES.map<Command>(([page, icon]) => ({
      id: `place-${page}`,
      group: t.groups.places,
      label: frame[page],
      icon,
      run: () => toPage(workspace.slug, page, {}),
    })),
    ...usePages(me, workspace),
    ...useLook(me),
  ];

  /** Passages with these words, each the way to its place, and the page that shows more of them. */
  const searchTexts = async (q: string, signal: AbortSignal): Promise<Found[]> => {
    if (q.length < TEXT_MIN) return [];
    const { data } = await call("post", "/api/search", { body: { query: q, mode: "hybrid", k: HITS_MAX }, signal });
    const hits = data.hits.flatMap((hit): Found[] => {
      const { passage, kind, owner, workspace_id: id } = hit;
      const place = me.workspaces.find((each) => each.id === id);
      const way = wayTo(place?.slug ?? id, { kind, id: owner.id, parent: owner.parent_id, passage });
      if (!way) return [];
      return [
        {
          id: `passage-${passage}`,
          group: t.groups.found,
          title: owner.title || t.untitled,
          icon: kind,
          snippet: shownPieces(hit.snippet),
          note: place && place.id !== workspace.id ? nameOf(place) : undefined,
          run: () => void navigate(way),
        },
      ];
    });
    if (hits.length === 0) return [];
    const more = { id: "search", group: t.groups.found, title: t.searchAll(q), icon: "search" } as const;
    return [...hits, { ...more, run: () => toPage(workspace.slug, "search", { q }) }];
  };
  const searchTitles = async (q: string, signal: AbortSignal): Promise<Found[]> => {
    const { data } = await call("get", "/api/conversations", {
      query: { limit: q ? FOUND_MAX : RECENT, q: q || undefined },
      signal,
    });
    return data
      .filter(({ id }) => !isHidden(id))
      .map(({ id, title, workspace_id }) => {
        const place = me.workspaces.find((each) => each.id === workspace_id);
        return {
          id,
          title: title || t.untitled,
          note: place && place.id !== workspace.id ? nameOf(place) : undefined,
          run: () =>
            void navigate({
              to: "/w/$workspace/c/$conversationId",
              params: { workspace: place?.slug ?? workspace_id, conversationId: id },
            }),
        };
      });
  };
  const search = async (q: string, signal: AbortSignal) =>
    (await Promise.all([searchTitles(q, signal), searchTexts(q, signal)])).flat();
  return <Palette commands={commands} search={search} onClose={onClose} />;
}

/** What can be done with the conversation that is open. */
function useConversationCommands(workspace: Workspace): Command[] {
  const t = useTexts(texts);
  const client = useQueryClient();
  const update = useUpdateConversation(workspace.id);
  const remove = useDeleteWithUndo(workspace.id);
  const id = useParams({ strict: false }).conversationId;
  const row = id && known(client, workspace.id, id);
  if (!row) return [];
  const command = (label: string, icon: IconName, run: () => void): Command => ({
    id: `conversation-${icon}`,
    group: t.groups.conversation,
    label,
    icon,
    run,
  });
  const link = command(t.copyLink, "link", () => copyLink(row.id));
  if (workspace.role === "observer") return [link];
  return [
    ...(row.active_run_id ? [command(t.stop, "stop", () => stopAnswer(row.id))] : []),
    command(row.pinned ? t.unpin : t.pin, "pin", () => update.mutate({ id: row.id, pinned: !row.pinned })),
    command(row.archived ? t.restore : t.archive, "archive", () =>
      update.mutate({ id: row.id, archived: !row.archived }),
    ),
    link,
    command(t.remove, "trash", () => remove(row)),
  ];
}

function known(client: QueryClient, workspace: string, id: string) {
  const row = knownConversation(client, workspace, id);
  return row && !isHidden(id) ? row : undefined;
}

function stopAnswer(conversation: string): void {
  call("post", "/api/conversations/{conversation}/stop", { path: { conversation } }).catch(complain);
}

/** The shortcuts of the page as commands, help, and the way out. */
function useActions(onNew: () => void, onHelp: () => void): Command[] {
  const t = useTexts(texts);
  const logout = useLogout();
  const navigate = useNavigate();
  const order = Object.keys(ICONS).reverse();
  const shortcuts = activeShortcuts()
    .filter(({ keys, run }) => run && !OWN.has(keys))
    .sort((a, b) => order.indexOf(b.keys) - order.indexOf(a.keys));
  const group = t.groups.actions;
  const fromPage = shortcuts.map<Command>(({ keys, label, run }) => ({
    id: keys,
    group,
    label,
    icon: ICONS[keys] ?? "keyboard",
    keys,
    run: () => run?.(),
  }));
  if (!shortcuts.some(({ keys }) => keys === "mod+shift+o"))
    fromPage.unshift({ id: "new", group, label: t.untitled, icon: "plus", run: onNew });
  const leave = () => {
    // What was deleted is deleted before one is nobody.
    for (const toast of currentToasts()) endToast(toast.id);
    logout.mutateAsync().then(() => navigate({ to: "/login" }), complain);
  };
  return [
    ...fromPage,
    {
      id: "help",
      group,
      label: t.help,
      icon: "keyboard",
      keys: "shift+?",
      keywords: "help keys hilfe tasten",
      run: onHelp,
    },
    { id: "leave", group, label: t.logOut, icon: "leave", keywords: "sign out log off abmelden", run: leave },
  ];
}

function usePages(me: Me, workspace: Workspace): Command[] {
  const t = useTexts(texts);
  const pages = useTexts(pageTexts);
  const navigate = useNavigate();
  const command =
    (note: string) =>
    ([page, icon]: Page): Command => ({
      id: `page-${page}`,
      group: t.groups.pages,
      label: pages.pages[page],
      icon,
      note,
      keywords: `${pages.title} ${note}`,
      run: () => void navigate({ to: "/w/$workspace/settings/$page", params: { workspace: workspace.slug, page } }),
    });
  return [
    ...YOURS.map(command(t.ofYou)),
    ...WORKSPACE.map(command(workspace.personal ? t.personal : workspace.name)),
    ...(me.user.is_admin ? INSTALLATION.map(command(t.ofInstallation)) : []),
  ];
}

/** Found in either language, whichever is spoken: whoever wants to change it may not read it. */
const LANGUAGE_WORDS = "language sprache english englisch deutsch german";
const THEME_WORDS = "theme design dark light dunkel hell appearance aussehen";

function useLook(me: Me): Command[] {
  const t = useTexts(texts);
  const preferences = usePreferences(me);
  const save = useSavePreferences();
  const keep = (change: Parameters<typeof save.mutateAsync>[0]) => void save.mutateAsync(change).catch(complain);
  const group = t.groups.look;
  const themes = [
    ["light", "sun"],
    ["dark", "moon"],
    ["system", "device"],
  ] as const;
  return [
    ...themes.map<Command>(([theme, icon]) => ({
      id: `theme-${theme}`,
      group,
      label: t.themes[theme],
      icon,
      keywords: THEME_WORDS,
      checked: preferences.theme === theme,
      run: () => keep({ theme }),
    })),
    ...[...LOCALES, null].map<Command>((locale) => ({
      id: `language-${locale}`,
      group,
      label: locale ? t.language(LOCALE_NAMES[locale]) : t.browserLanguage,
      icon: "globe",
      keywords: LANGUAGE_WORDS,
      checked: preferences.locale === locale,
      run: () => keep({ locale }),
    })),
  ];
}

function complain(error: unknown): void {
  showToast({ text: explain(error), tone: "danger" });
}
