/** How the installation does: for administrators. */
import type { Workspace } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Page } from "../../ui/panel";
import { AlertsSection } from "./alerts/alerts-section";
import { texts } from "./texts";
import "./performance.css";

export default function PerformancePage({ workspace }: { workspace: Workspace }) {
  const t = useTexts(texts);
  return (
    <div className="performance">
      <Page title={t.title} about={t.about}>
        <AlertsSection workspace={workspace} />
      </Page>
    </div>
  );
}
