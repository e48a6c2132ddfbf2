/** What is out of its bounds, what was, and the way to the bounds. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { explain } from "../../../api/problem";
import type { Alert, Workspace } from "../../../api/types";
import { ago, dateTime } from "../../../i18n/format";
import { span } from "../../../i18n/format-measures";
import { useTexts } from "../../../i18n/use-texts";
import { Failed } from "../../../ui/failed";
import { Icon } from "../../../ui/icon";
import { Panel } from "../../../ui/panel";
import { Empty, Skeleton } from "../../../ui/states";
import { showToast } from "../../../ui/toast";
import { measured } from "./measured";
import { alertsQuery, openAlertsQuery, useAcknowledge } from "./queries";
import { texts } from "./texts";
import "./alerts.css";

export function AlertsSection({ workspace }: { workspace: Workspace }) {
  const t = useTexts(texts);
  const open = useQuery({ ...openAlertsQuery, staleTime: 0 });
  const all = useInfiniteQuery(alertsQuery);
  const past = all.data?.pages.flatMap((page) => page.data).filter((alert) => alert.closed_at) ?? [];
  return (
    <>
      <Panel
        title={t.openTitle}
        about={t.openAbout}
        rows
        actions={
          <Link
            to="/w/$workspace/settings/$page"
            params={{ workspace: workspace.slug, page: "installation" }}
            hash="alerts"
            className="button"
          >
            {t.bounds}
          </Link>
        }
      >
        {open.isPending && <Skeleton lines={2} />}
        {open.isError && !open.data && <Broken query={open} />}
        {open.data?.length === 0 && (
          <Empty icon="check" title={t.noneTitle}>
            <p>{t.none}</p>
          </Empty>
        )}
        {open.data && <AlertRows alerts={open.data} />}
      </Panel>
      <Panel title={t.pastTitle} rows>
        {all.isPending && <Skeleton lines={4} />}
        {all.isError && !all.data && <Broken query={all} />}
        {all.data && past.length === 0 && <p className="panel-body hint">{t.pastNone}</p>}
        <AlertRows alerts={past} />
        {all.hasNextPage && (
          <div className="alerts-end">
            <button
              type="button"
              className="button"
              disabled={all.isFetchingNextPage}
              onClick={() => void all.fetchNextPage()}
            >
              {all.isFetchingNextPage ? t.loadingMore : t.showMore}
            </button>
          </div>
        )}
      </Panel>
    </>
  );
}

function Broken({ query }: { query: { error: unknown; refetch: () => unknown } }) {
  return (
    <div className="panel-body">
      <Failed error={query.error} onAgain={() => void query.refetch()} />
    </div>
  );
}

function AlertRows({ alerts }: { alerts: readonly Alert[] }) {
  if (alerts.length === 0) return null;
  return (
    <ul className="rows">
      {alerts.map((alert) => (
        <AlertRow key={alert.id} alert={alert} />
      ))}
    </ul>
  );
}

function AlertRow({ alert }: { alert: Alert }) {
  const t = useTexts(texts);
  const acknowledge = useAcknowledge();
  const { closed_at, opened_at, unit } = alert;
  const seconds = (Date.parse(closed_at ?? opened_at) - Date.parse(opened_at)) / 1_000;
  const kind = t.kinds[alert.kind];
  const figures = [alert.value, alert.worst, alert.threshold].map((value) => measured(value, unit, t));
  return (
    <li>
      <span className={closed_at ? "alert-mark" : "alert-mark open"}>
        <Icon name={closed_at ? "check" : "warning"} />
      </span>
      <div className="row-main">
        <h3 className="row-title">{kind}</h3>
        {/* The server's own sentence, which names the route. */}
        <p className="row-note" lang="en">
          {alert.detail}
        </p>
        <p className="row-note">{t.measured(figures[0] ?? "", figures[1] ?? "", figures[2] ?? "")}</p>
        <p className="row-note">
          {closed_at ? t.lasted(dateTime(opened_at), span(seconds)) : t.since(dateTime(opened_at))}
          {" · "}
          {t.node(alert.node)}
        </p>
      </div>
      {alert.acknowledged_at ? (
        <span className="badge">{t.acknowledged(ago(alert.acknowledged_at))}</span>
      ) : (
        !closed_at && (
          <button
            type="button"
            className="button"
            aria-label={t.acknowledgeOne(kind)}
            disabled={acknowledge.isPending}
            onClick={() =>
              acknowledge.mutate(alert, { onError: (error) => showToast({ text: explain(error), tone: "danger" }) })
            }
          >
            {t.acknowledge}
          </button>
        )
      )}
    </li>
  );
}
