/**
 * What a new conversation shows before its first message: something to begin with, or why one can not begin and where to go.
 *
 * The route says what is known of the models; starters are written into the composer's draft.
 */
import { Link } from "@tanstack/react-router";
import { Suspense } from "react";
import { useTexts } from "../../../i18n/use-texts";
import { type FirstIconName, Icon } from "../../../ui/icon";
import { onDemand } from "../../../ui/overlays/lazy";
import { type Draft, draftOf } from "./draft";
import { texts } from "./greeting-texts";
import "./greeting.css";

export interface GreetingProps {
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

/** Seldom more than once in the life of an installation. */
const noModel = onDemand(() => import("./no-model"));

const ICONS: FirstIconName[] = ["message", "lines", "branch", "code"];

export function Greeting(props: GreetingProps) {
  const { workspace, conversation, mayWrite, administrator, model, first } = props;
  const t = useTexts(texts);
  if (!mayWrite) return <p className="greeting-note">{t.nothingYet}</p>;
  if (!model)
    return (
      <Suspense>
        <noModel.Component {...props} />
      </Suspense>
    );
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
        <Link
          to="/w/$workspace/settings/$page"
          params={{ workspace: workspace.slug, page: "system-connections" }}
          className="greeting-more"
        >
          {t.larger}
        </Link>
      )}
    </div>
  );
}

/** What was typed already stays, behind the words that begin it. */
function start(draft: Draft, text: string): void {
  draft.put(text + draft.read());
}
