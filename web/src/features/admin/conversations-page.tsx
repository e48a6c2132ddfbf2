/** The conversations of everybody: how many messages and what they cost, not what was said in them. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useLocation } from "@tanstack/react-router";
import { useState } from "react";
import type { AdminConversation, Workspace } from "../../api/types";
import { ago, dateTime, money } from "../../i18n/format";
import { useTexts } from "../../i18n/use-texts";
import { FilterField } from "../../ui/filter-field";
import { Icon } from "../../ui/icons";
import { Page, Panel } from "../../ui/panel";
import { Empty, Skeleton } from "../../ui/states";
import { useSettled } from "../../ui/use-settled";
import { type Texts, texts } from "./conversations-texts";
import { Failed } from "./failed";
import { ListEnd } from "./list-end";
import { conversationsQuery } from "./queries";
import "./admin.css";

export default function ConversationsPage({ workspace }: { workspace: Workspace }) {
  const t = useTexts(texts);
  const [typed, setTyped] = useState("");
  const q = useSettled(typed.trim());
  // The page of users leads to those of one of them.
  const user = useLocation({ select: ({ hash }) => hash }) || undefined;
  return (
    <Page title={t.title} about={t.about}>
      <Panel
        title={user ? t.ofOne : t.ofAll}
        rows
        actions={
          <>
            {user && (
              <Link
                to="/w/$workspace/settings/$page"
                params={{ workspace: workspace.slug, page: "all-conversations" }}
                className="button"
              >
                {t.showAll}
              </Link>
            )}
            <FilterField label={t.search} value={typed} onChange={setTyped} />
          </>
        }
      >
        <Rows q={q} user={user} t={t} />
      </Panel>
    </Page>
  );
}

function Rows({ q, user, t }: { q: string; user: string | undefined; t: Texts }) {
  const query = useInfiniteQuery(conversationsQuery(q, user));
  if (query.isPending) return <Skeleton lines={6} />;
  if (query.isError && !query.data) return <Failed error={query.error} onAgain={() => void query.refetch()} />;
  const rows = query.data.pages.flatMap((page) => page.data);
  if (rows.length === 0) {
    return (
      <Empty icon="search" title={t.none}>
        <p>{q ? t.noneFound(q) : t.noneYet}</p>
      </Empty>
    );
  }
  return (
    <>
      <ul className="rows" aria-busy={query.isPlaceholderData || undefined}>
        {rows.map((row) => (
          <Row key={row.id} row={row} t={t} />
        ))}
      </ul>
      <ListEnd query={query} said={t.count(rows.length, query.hasNextPage)} />
    </>
  );
}

function Row({ row, t }: { row: AdminConversation; t: Texts }) {
  const { title, kind, user_name, workspace_name, message_count, cost_micros, last_message_at, created_at } = row;
  return (
    <li>
      <span className="row-icon">
        <Icon name={kind === "comparison" ? "columns" : "chat"} />
      </span>
      <div className="row-main">
        <p className="user-line">
          <span className="row-title">{title || t.untitled}</span>
          {kind !== "chat" && <span className="badge">{t.kinds[kind] ?? kind}</span>}
        </p>
        <p className="row-note">
          {[user_name, workspace_name, t.messages(message_count), ...(cost_micros ? [money(cost_micros)] : [])].join(
            " · ",
          )}
        </p>
      </div>
      <time className="row-note nowrap" dateTime={last_message_at} title={t.begun(dateTime(created_at))}>
        {ago(last_message_at)}
      </time>
    </li>
  );
}
