/** How the installation does: for administrators. The figures are read every ten seconds while the page is in sight. */
import { useQuery } from "@tanstack/react-query";
import { useLocation } from "@tanstack/react-router";
import type { Measurements, Workspace } from "../../api/types";
import { clock } from "../../i18n/format-measures";
import { useTexts } from "../../i18n/use-texts";
import { Callout } from "../../ui/callout";
import { Failed } from "../../ui/failed";
import { Page } from "../../ui/panel";
import { Skeleton } from "../../ui/states";
import { AlertsSection } from "./alerts/alerts-section";
import { openAlertsQuery } from "./alerts/queries";
import { CacheSection } from "./cache-section";
import { Overview } from "./overview";
import { nowQuery } from "./queries";
import { RequestsSection } from "./requests-section";
import { RoutesSection } from "./routes-section";
import { type Section, Sections, sectionOf } from "./sections";
import { StatementsSection } from "./statements-section";
import { SystemSection } from "./system-section";
import { texts } from "./texts";
import "./performance.css";

export default function PerformancePage({ workspace }: { workspace: Workspace }) {
  const t = useTexts(texts);
  const query = useQuery(nowQuery);
  const { data: open } = useQuery(openAlertsQuery);
  const section = sectionOf(useLocation({ select: ({ hash }) => hash }));
  return (
    <div className="performance">
      <Page
        title={t.title}
        about={t.about}
        actions={query.data && <span className="updated">{t.updated(clock(query.dataUpdatedAt, true))}</span>}
      >
        <Sections current={section} alerts={open?.length} />
        {query.isError && query.data && <Callout tone="warn">{t.failedNow}</Callout>}
        {query.isPending && <Skeleton lines={8} />}
        {query.isError && !query.data && <Failed error={query.error} onAgain={() => void query.refetch()} />}
        {query.data && <Part section={section} now={query.data} workspace={workspace} />}
      </Page>
    </div>
  );
}

function Part({ section, now, workspace }: { section: Section; now: Measurements; workspace: Workspace }) {
  switch (section) {
    case "overview":
      return <Overview now={now} />;
    case "routes":
      return <RoutesSection routes={now.routes} />;
    case "requests":
      return <RequestsSection />;
    case "statements":
      return <StatementsSection />;
    case "system":
      return <SystemSection now={now} />;
    case "cache":
      return <CacheSection />;
    case "alerts":
      return <AlertsSection workspace={workspace} />;
  }
}
