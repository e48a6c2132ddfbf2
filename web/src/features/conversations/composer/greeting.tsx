/**
 * What a new conversation shows before its first message: something to begin with, or why one can not begin and where to go.
 *
 * The route says what is known of the models; starters are written into the composer's draft.
 */
import { Link } from "@tanstack/react-router";
import { useTexts } from "../../../i18n/use-texts";
import { type FirstIconName, Icon } from "../../../ui/icon";
import { type Draft, draftOf } from "./draft";
import { texts } from "./texts";
import "./greeting.css";

interface GreetingProps {
  workspace: { id: string; slug: string };
  /** One that exists already but has no messages. */
  conversation: string | undefined;
  /** An observer may not begin anything. */
  mayWrite: boolean;
  administrator: boolean;
  /** The model that will answer; undefined when none can be used. */
  model: { name: string; local: boolean } | undefined;
  /** One that can not be used now, with the reason; when there are any. */
  trouble: { name: string; reason: string } | undefined;
  /** Nothing has ever been asked in this workspace. */
  first: boolean;
}

const ICONS: FirstIconName[] = ["message", "lines", "branch", "code"];

export function Greeting(props: GreetingProps) {
  const { workspace, conversation, mayWrite, administrator, model, first } = props;
  const t = useTexts(texts);
  if (!mayWrite) return <p className="greeting-note">{t.nothingYet}</p>;
  if (!model) return <NoModel {...props} />;
  return (
    <div className="greeting">
      <h2>{t.headline}</h2>
      <p>{first && model.local ? t.local(model.name) : t.lead}</p>
      <ul className="starters">
        {t.starters.map(({ title, text }, index) => (
          <li key={title}>
            <button type="button" className="starter" onClick={() => start(draftOf(workspace.id, conversation), text)}>
              <Icon name={ICONS[index] ?? "spark"} />
              {title}
            </button>
          </li>
        ))}
      </ul>
      {first && model.local && administrator && (
        <Settings workspace={workspace} page="system-connections" className="greeting-more">
          {t.larger}
        </Settings>
      )}
    </div>
  );
}

/** What was typed already stays, behind the words that begin it. */
function start(draft: Draft, text: string): void {
  draft.put(text + draft.read());
}

function NoModel({ workspace, administrator, trouble }: GreetingProps) {
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
