/** The batches of a workspace; behind the question mark one of them, or one that is being made. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { lazy, type ReactNode, Suspense, useState } from "react";
import type { Batch, Model, ModelChoice, Workspace } from "../../api/types";
import { ago, dateTime, money } from "../../i18n/format";
import { useTexts } from "../../i18n/use-texts";
import { EndOfList } from "../../ui/end-of-list";
import { Failed } from "../../ui/failed";
import { FilterField } from "../../ui/filter-field";
import { Icon } from "../../ui/icons";
import { Place } from "../../ui/place";
import { Empty, Skeleton } from "../../ui/states";
import { useSettled } from "../../ui/use-settled";
import { ProgressBar } from "./progress-bar";
import { batchesQuery } from "./queries";
import { StatusBadge } from "./status-badge";
import { texts } from "./texts";
import "./batches.css";

const NewBatchPage = lazy(() => import("./new-batch-page"));
const BatchPage = lazy(() => import("./batch-page"));

/** In the address in the place of an id: one that is being made. */
const NEW = "new";

export interface BatchesSearch {
  batch?: string;
  /** The row that is open, from 0, and which model's answer of it; all of them without. */
  row?: number;
  lane?: number;
  tab?: string;
  /** Conversations that are to be asked again, divided by commas. */
  conversations?: string;
}

interface BatchesPageProps {
  workspace: Workspace;
  models: readonly Model[];
  search: BatchesSearch;
  onSearch: (next: BatchesSearch, replace?: boolean) => void;
  /** The models that are asked, each with its settings. */
  renderModelSet: (chosen: readonly ModelChoice[], onChange: (chosen: readonly ModelChoice[]) => void) => ReactNode;
  /** Leads to a conversation. */
  onConversation: (id: string) => void;
}

export default function BatchesPage(props: BatchesPageProps) {
  const { workspace, models, search, onSearch } = props;
  const toList = () => onSearch(AWAY);
  const toBatch = (batch: string) => onSearch({ ...AWAY, batch });
  if (!search.batch) return <List workspace={workspace} onOpen={toBatch} />;
  return (
    <Suspense fallback={<Skeleton lines={8} />}>
      {search.batch === NEW ? (
        <NewBatchPage
          key={search.conversations}
          workspace={workspace}
          models={models}
          ids={search.conversations?.split(",").filter(Boolean) ?? []}
          renderModelSet={props.renderModelSet}
          onStarted={({ id }) => onSearch({ ...AWAY, batch: id }, true)}
          onBack={toList}
        />
      ) : (
        <BatchPage
          key={search.batch}
          id={search.batch}
          workspace={workspace}
          models={models}
          search={search}
          onSearch={onSearch}
          onConversation={props.onConversation}
          onBack={toList}
        />
      )}
    </Suspense>
  );
}

const AWAY: BatchesSearch = {
  batch: undefined,
  row: undefined,
  lane: undefined,
  tab: undefined,
  conversations: undefined,
};

interface ListProps {
  workspace: Workspace;
  onOpen: (batch: string) => void;
}

function List({ workspace, onOpen }: ListProps) {
  const t = useTexts(texts);
  const [q, setQ] = useState("");
  const settled = useSettled(q.trim());
  const list = useInfiniteQuery(batchesQuery(workspace.id, settled));
  const rows: Batch[] = list.data?.pages.flatMap((page) => page.data) ?? [];
  const mayWrite = workspace.role !== "observer";
  const make = mayWrite && (
    <button type="button" className="button primary" aria-label={t.new} onClick={() => onOpen(NEW)}>
      <Icon name="plus" />
      <span>{t.new}</span>
    </button>
  );
  return (
    <Place title={t.title} actions={make}>
      {(rows.length > 0 || settled !== "") && (
        <div className="place-tools">
          <FilterField label={t.search} value={q} onChange={setQ} />
        </div>
      )}
      {list.isPending && <Skeleton lines={8} />}
      {list.isError && !list.data && <Failed error={list.error} onAgain={() => void list.refetch()} />}
      {rows.length > 0 && (
        <ul className="batches" aria-label={t.list} aria-busy={list.isPlaceholderData}>
          {rows.map((batch) => (
            <Row key={batch.id} batch={batch} onOpen={onOpen} />
          ))}
        </ul>
      )}
      {list.isSuccess && rows.length === 0 && (
        <Empty icon="layers" title={settled ? t.noneFound(settled) : t.none}>
          {!settled && <p>{t.noneWhy}</p>}
        </Empty>
      )}
      <EndOfList query={list} />
    </Place>
  );
}

function Row({ batch, onOpen }: { batch: Batch; onOpen: (batch: string) => void }) {
  const t = useTexts(texts);
  const { id, name, status, done, failed, cells, cost_micros, created_at } = batch;
  const going = status === "running" || status === "paused";
  return (
    <li className="batch-item">
      <div className="batch-item-head">
        <button type="button" className="batch-open" onClick={() => onOpen(id)}>
          {name}
        </button>
        <StatusBadge status={status} />
      </div>
      {going && <ProgressBar batch={batch} />}
      <p className="batch-facts">
        <span>{t.size(batch.rows, batch.models.length)}</span>
        <span>{t.answered(done, cells)}</span>
        {failed > 0 && <span className="batch-failed">{t.failedCount(failed)}</span>}
        {cost_micros > 0 && <span>{money(cost_micros)}</span>}
        <time dateTime={created_at} title={dateTime(created_at)}>
          {ago(created_at)}
        </time>
      </p>
    </li>
  );
}
