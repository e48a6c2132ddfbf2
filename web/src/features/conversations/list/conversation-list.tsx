/** The list at the side: begin a conversation, search the titles, the rows by day, and the archive. */
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { explain } from "../../../api/problem";
import type { Conversation, Workspace } from "../../../api/types";
import { useTexts } from "../../../i18n/use-texts";
import { Callout } from "../../../ui/callout";
import { Icon } from "../../../ui/icon";
import { keyName } from "../../../ui/shortcuts";
import { Empty, Skeleton } from "../../../ui/states";
import { showToast } from "../../../ui/toast";
import { useDeleteWithUndo, useHidden } from "./deletion";
import { grouped, nextMidnight } from "./group";
import { rowsOf } from "./list-pages";
import { conversationsQuery, useUpdateConversation } from "./list-queries";
import { Rows } from "./rows";
import { texts } from "./texts";
import "./conversation-list.css";

interface ConversationListProps {
  workspace: Workspace;
  /** The id of who looks. */
  me: string;
  selected: string | undefined;
  /** The selected conversation was deleted. */
  onGone: () => void;
  /** Its last question is to be asked again of other models. */
  onReplay: (id: string) => void;
  /** What stands beside the search: the palette's button. */
  actions: ReactNode;
}

const TYPING_MS = 300;

export function ConversationList({ workspace, me, selected, onGone, onReplay, actions }: ConversationListProps) {
  const t = useTexts(texts);
  const [text, setText] = useState("");
  const [archive, setArchive] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const nav = useRef<HTMLElement>(null);
  const list = useList(workspace.id, text.trim(), archive);
  const update = useUpdateConversation(workspace.id).mutate;
  const remove = useDeleteWithUndo(workspace.id);
  const gone = selected !== undefined && list.hidden.has(selected);
  useEffect(() => {
    if (gone) onGone();
  }, [gone, onGone]);

  const change = (row: Conversation, next: { pinned?: boolean; archived?: boolean }) => {
    update({ id: row.id, ...next });
    if (next.archived)
      showToast({
        text: t.archivedNow(row.title || t.untitled),
        action: { label: t.undo, run: () => update({ id: row.id, archived: false }) },
      });
  };
  const toRows = () => nav.current?.querySelector<HTMLElement>('[data-row][tabindex="0"]')?.focus();
  const leaveArchive = () => {
    setArchive(false);
    field.current?.focus();
  };

  return (
    <>
      <div className="list-head">
        <Link
          to="/w/$workspace"
          params={{ workspace: workspace.slug }}
          className="button list-new"
          activeOptions={{ exact: true }}
        >
          <Icon name="plus" />
          <span className="list-new-words">{t.new}</span>
          <span className="list-keys" aria-hidden="true">
            <kbd>{keyName("mod+shift+o")}</kbd>
          </span>
        </Link>
        <div className="list-tools">
          <search className="list-search">
            <Icon name="search" />
            <input
              ref={field}
              type="text"
              inputMode="search"
              enterKeyHint="search"
              autoComplete="off"
              aria-label={t.search}
              placeholder={archive ? t.searchArchive : t.search}
              value={text}
              onChange={(event) => setText(event.target.value)}
              onKeyDown={(event) => {
                if (event.key === "ArrowDown") toRows();
                else if (event.key === "Escape" && text) setText("");
                else return;
                event.preventDefault();
                event.stopPropagation();
              }}
            />
            {text ? (
              <button
                type="button"
                className="button quiet icon-only"
                aria-label={t.clear}
                title={t.clear}
                onClick={() => {
                  setText("");
                  field.current?.focus();
                }}
              >
                <Icon name="close" />
              </button>
            ) : (
              actions
            )}
          </search>
          <button
            type="button"
            className="button quiet icon-only"
            aria-label={t.archived}
            title={t.archived}
            aria-pressed={archive}
            onClick={() => setArchive(!archive)}
          >
            <Icon name="archive" />
          </button>
        </div>
      </div>
      <nav ref={nav} className="conversations" aria-label={t.title}>
        {archive && (
          <div className="list-archive">
            <button
              type="button"
              className="button quiet icon-only"
              aria-label={t.leaveArchive}
              title={t.leaveArchive}
              onClick={leaveArchive}
            >
              <Icon name="back" />
            </button>
            <h2>{t.archivedTitle}</h2>
          </div>
        )}
        <p className="sr-only" role="status">
          {list.q && list.settled ? t.found(list.rows, list.more) : ""}
        </p>
        {list.entries.length > 0 && (
          <Rows
            key={`${workspace.id} ${archive} ${list.q}`}
            entries={list.entries}
            slug={workspace.slug}
            me={me}
            selected={selected}
            mayWrite={workspace.role !== "observer"}
            q={text.trim()}
            onRename={(row, title) => update({ id: row.id, title })}
            onChange={change}
            onRemove={remove}
            onReplay={(row) => onReplay(row.id)}
            onNearEnd={list.fetchMore}
            onAbove={() => field.current?.focus()}
          />
        )}
        {list.pending && <Skeleton lines={7} />}
        {list.error && (
          <Callout tone="danger">
            <p>{explain(list.error)}</p>
            <button type="button" className="button" onClick={list.again}>
              {t.tryAgain}
            </button>
          </Callout>
        )}
        {list.settled && list.entries.length === 0 && <Nothing q={list.q} archive={archive} />}
      </nav>
    </>
  );
}

function Nothing({ q, archive }: { q: string; archive: boolean }) {
  const t = useTexts(texts);
  if (q) return <Empty icon="search" title={t.noneFound(q)} />;
  return (
    <Empty icon={archive ? "archive" : "message"} title={archive ? t.noneArchived : t.empty}>
      <p>{archive ? t.noneArchivedWhy : t.emptyWhy}</p>
    </Empty>
  );
}

/** What is in the list: by day, or what was searched for, which is narrowed here while the server still looks. */
function useList(workspace: string, text: string, archive: boolean) {
  const q = useDebounced(text);
  const listing = { ...(archive && { archived: true }), ...(q && { q }) };
  const query = useInfiniteQuery({
    ...conversationsQuery(workspace, archive || q ? listing : undefined),
    placeholderData: q ? keepPreviousData : undefined,
  });
  const pinned = useInfiniteQuery(conversationsQuery(workspace, { pinned: true }));
  const hidden = useHidden();
  const now = useToday();
  const entries = useMemo(() => {
    const shown = (row: Conversation) => !hidden.has(row.id);
    const rows = rowsOf(query.data).filter(shown);
    if (text) {
      const wanted = text.toLowerCase();
      return rows
        .filter((row) => row.title.toLowerCase().includes(wanted))
        .map((row) => ({ kind: "row", row }) as const);
    }
    return grouped(archive ? [] : rowsOf(pinned.data).filter(shown), rows, now);
  }, [query.data, pinned.data, hidden, now, text, archive]);

  const { fetchNextPage, hasNextPage, isFetchingNextPage, isFetchNextPageError } = query;
  const fetchMore = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage && !isFetchNextPageError) void fetchNextPage({ cancelRefetch: false });
  }, [fetchNextPage, hasNextPage, isFetchingNextPage, isFetchNextPageError]);
  const isSettled = query.isSuccess && !query.isPlaceholderData && q === text && !(pinned.isPending && !archive);
  return {
    q: text,
    entries,
    hidden,
    rows: entries.length,
    more: hasNextPage,
    pending: query.isPending,
    settled: isSettled,
    error: query.isPending || isFetchNextPageError ? query.error : null,
    again: () => void (isFetchNextPageError ? fetchNextPage() : query.refetch()),
    fetchMore,
  };
}

function useDebounced(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    // Emptied, the list is back at once.
    const timer = setTimeout(() => setSettled(text), text ? TYPING_MS : 0);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

/** Now, as far as days are concerned: another one after midnight, also when the machine slept through it. */
function useToday(): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const look = () => {
      if (Date.now() >= nextMidnight(now).getTime()) setNow(new Date());
    };
    const timer = setTimeout(look, nextMidnight(now).getTime() - Date.now() + 500);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [now]);
  return now;
}
