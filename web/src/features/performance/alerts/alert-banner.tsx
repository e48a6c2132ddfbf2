/**
 * Says above the page, to administrators, that something is out of its bounds. A chunk of its own that the frames load for
 * them after the first paint.
 */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { explain } from "../../../api/problem";
import { useTexts } from "../../../i18n/use-texts";
import { Icon } from "../../../ui/icon";
import { showToast } from "../../../ui/toast";
import { measured, pressing } from "./measured";
import { openAlertsQuery, useAcknowledge } from "./queries";
import { texts } from "./texts";
import "./alerts.css";

export default function AlertBanner({ workspace }: { workspace: string }) {
  const t = useTexts(texts);
  const { data } = useQuery(openAlertsQuery);
  const acknowledge = useAcknowledge();
  const [first, ...others] = pressing(data ?? []);
  if (!first) return null;
  const figure = (value: number) => measured(value, first.unit, t);
  return (
    <section className="alert-banner" aria-label={t.banner}>
      <Icon name="warning" />
      <p role="alert">
        <strong>{t.kinds[first.kind]}</strong> {t.beyond(figure(first.worst), figure(first.threshold))}
        {others.length > 0 && <> {t.more(others.length)}</>}
      </p>
      <Link
        to="/w/$workspace/settings/$page"
        params={{ workspace, page: "performance" }}
        hash="alerts"
        className="button"
      >
        {t.look}
      </Link>
      <button
        type="button"
        className="button"
        disabled={acknowledge.isPending}
        onClick={() =>
          acknowledge.mutate(first, { onError: (error) => showToast({ text: explain(error), tone: "danger" }) })
        }
      >
        {t.acknowledge}
      </button>
    </section>
  );
}
