/** One batch: how far it is, what can be done with it, its grid, and one row of it whole. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { explain } from "../../api/problem";
import type { BatchWithLanes, Model, Workspace } from "../../api/types";
import { money } from "../../i18n/format";
import { useTexts } from "../../i18n/use-texts";
import { Callout } from "../../ui/callout";
import { Failed } from "../../ui/failed";
import { Icon } from "../../ui/icons";
import { Place } from "../../ui/place";
import { Segments } from "../../ui/segments";
import { Empty, Skeleton } from "../../ui/states";
import { BatchTools } from "./batch-tools";
import type { BatchesSearch } from "./batches-page";
import { Grid } from "./grid";
import { lanesOf, type ShownLane } from "./lanes";
import { ProgressBar } from "./progress-bar";
import { batchQuery, type RowFilter, rowsQuery } from "./queries";
import { RowPanel } from "./row-panel";
import { StatusBadge } from "./status-badge";
import { texts } from "./texts";
import { useProgress } from "./use-progress";
import "./batches.css";
import "./grid.css";

const FILTERS = ["all", "failed", "pending"] as const;

interface BatchPageProps {
  id: string;
  workspace: Workspace;
  models: readonly Model[];
  search: BatchesSearch;
  onSearch: (next: BatchesSearch, replace?: boolean) => void;
  onConversation: (id: string) => void;
  onBack: () => void;
}

export default function BatchPage(props: BatchPageProps) {
  const t = useTexts(texts);
  const query = useQuery(batchQuery(props.id));
  const back = (
    <button type="button" className="button quiet icon-only" aria-label={t.back} title={t.back} onClick={props.onBack}>
      <Icon name="back" />
    </button>
  );
  if (query.data) return <Known {...props} batch={query.data} back={back} />;
  return (
    <Place title={t.title} before={back}>
      {query.isPending ? <Skeleton lines={8} /> : <Failed error={query.error} onAgain={() => void query.refetch()} />}
    </Place>
  );
}

type KnownProps = BatchPageProps & { batch: BatchWithLanes; back: React.ReactNode };

function Known({ batch, back, workspace, models, search, onSearch, onConversation, onBack }: KnownProps) {
  const t = useTexts(texts);
  useProgress(batch);
  const mayWrite = workspace.role !== "observer";
  const filter: RowFilter | undefined = search.tab === "failed" || search.tab === "pending" ? search.tab : undefined;
  const lanes = useMemo(() => lanesOf(batch, models), [batch, models]);
  const reference = useReference(batch);
  const open = openIn(search, batch);
  const show = (row: number, lane: number | undefined) => onSearch({ row, lane }, open !== undefined);
  const close = () => onSearch({ row: undefined, lane: undefined });

  return (
    <Place
      title={batch.name}
      before={back}
      actions={<BatchTools batch={batch} mayWrite={mayWrite} onGone={onBack} />}
      filled
      side={
        open && (
          <RowPanel
            batch={batch}
            lanes={lanes}
            row={open.row}
            lane={open.lane}
            onShow={show}
            onConversation={onConversation}
            onClose={close}
          />
        )
      }
    >
      <Head batch={batch} />
      <div className="batch-filter">
        <Segments
          label={t.show}
          options={FILTERS}
          labels={t.filters}
          value={filter ?? "all"}
          onChoose={(tab) => onSearch({ tab: tab === "all" ? undefined : tab, row: undefined, lane: undefined }, true)}
        />
      </div>
      <Rows
        key={filter ?? "all"}
        batch={batch}
        lanes={lanes}
        filter={filter}
        reference={reference}
        open={open}
        onShow={show}
      />
    </Place>
  );
}

interface RowsProps {
  batch: BatchWithLanes;
  lanes: readonly ShownLane[];
  filter: RowFilter | undefined;
  reference: string | undefined;
  open: Open | undefined;
  onShow: (row: number, lane: number | undefined) => void;
}

/** The grid, or why there is none. */
function Rows({ batch, filter, ...grid }: RowsProps) {
  const t = useTexts(texts);
  const first = useQuery(rowsQuery(batch.id, filter, 0));
  if (first.isPending) return <Skeleton lines={8} />;
  if (!first.data) return <Failed error={first.error} onAgain={() => void first.refetch()} />;
  if (first.data.rows.length === 0 && filter && filter !== "done")
    return <Empty icon={filter === "failed" ? "check" : "spark"} title={t.noRows[filter]} />;
  return <Grid batch={batch} filter={filter} {...grid} />;
}

function Head({ batch }: { batch: BatchWithLanes }) {
  const t = useTexts(texts);
  const { status, reason, cells, done, failed, cost_micros } = batch;
  const waiting = cells - done - failed;
  return (
    <div className="batch-head">
      <p className="batch-facts" role="status">
        <StatusBadge status={status} />
        <span>{t.size(batch.rows, batch.models.length)}</span>
        <span>{t.answered(done, cells)}</span>
        {failed > 0 && <span className="batch-failed">{t.failedCount(failed)}</span>}
        {waiting > 0 && <span>{t.waitingCount(waiting)}</span>}
        {cost_micros > 0 && <span>{money(cost_micros)}</span>}
      </p>
      <ProgressBar batch={batch} />
      {reason && (status === "paused" || status === "failed") && (
        <Callout tone={reason.code === "requested" ? "quiet" : status === "failed" ? "danger" : "warn"}>
          {t.standing[reason.code] ?? explain(reason)}
        </Callout>
      )}
    </div>
  );
}

export interface Open {
  row: number;
  /** Absent: the answers of all models. */
  lane: number | undefined;
}

/** What the address says is open, when there is such a thing. */
function openIn({ row, lane }: BatchesSearch, batch: BatchWithLanes): Open | undefined {
  if (row === undefined || !Number.isInteger(row) || row < 0 || row >= batch.rows) return undefined;
  return { row, lane: batch.models.some((each) => each.lane === lane) ? lane : undefined };
}

/** What the column with answers that were there before is called; nothing when no row has one. */
function useReference({ id, source }: BatchWithLanes): string | undefined {
  const t = useTexts(texts);
  const { data = false } = useQuery({
    ...rowsQuery(id, undefined, 0),
    enabled: source !== "conversations",
    placeholderData: keepPreviousData,
    select: ({ rows }) => rows.some(({ expected }) => typeof expected === "string" && expected !== ""),
  });
  if (source === "conversations") return t.original;
  return data ? t.reference : undefined;
}
