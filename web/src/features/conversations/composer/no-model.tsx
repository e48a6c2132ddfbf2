/** Why nothing can be asked, and where to go: no model, or none that can be used. Loaded when that is so. */
import { Link } from "@tanstack/react-router";
import { useTexts } from "../../../i18n/use-texts";
import type { GreetingProps } from "./greeting";
import { texts } from "./no-model-texts";

export default function NoModel({ workspace, administrator, trouble }: GreetingProps) {
  const t = useTexts(texts);
  return (
    <div className="greeting">
      <h2>{trouble ? t.unusable : t.none}</h2>
      {trouble && <p>{t.unusableNote(trouble.name, trouble.reason)}</p>}
      <p>{administrator ? t.noneAdmin : t.noneMember}</p>
      <p className="greeting-ways">
        {administrator && (
          <Settings workspace={workspace} page="system-connections" className="button primary large">
            {t.addKey}
          </Settings>
        )}
        <Settings
          workspace={workspace}
          page="my-connections"
          className={administrator ? "button large" : "button primary large"}
        >
          {t.ownKeys}
        </Settings>
      </p>
    </div>
  );
}

interface SettingsProps {
  workspace: GreetingProps["workspace"];
  page: string;
  className: string;
  children: string;
}

function Settings({ workspace, page, className, children }: SettingsProps) {
  return (
    <Link to="/w/$workspace/settings/$page" params={{ workspace: workspace.slug, page }} className={className}>
      {children}
    </Link>
  );
}
