/** Where one is logged in. A session that is ended leaves the list at once. */
import { useQuery } from "@tanstack/react-query";
import { Suspense, useState } from "react";
import { explain } from "../../../api/problem";
import type { Session } from "../../../api/types";
import { ago, date } from "../../../i18n/format";
import { useTexts } from "../../../i18n/use-texts";
import { Icon } from "../../../ui/icons";
import { onDemand } from "../../../ui/overlays/lazy";
import { Panel } from "../../../ui/panel";
import { showToast } from "../../../ui/toast";
import { Loaded } from "./loaded";
import { sessionsQuery, useEndSessions } from "./queries";
import { type Texts, texts } from "./texts";
import { readUserAgent } from "./user-agent";

const confirm = onDemand(() => import("../../../ui/confirm"));

export function Sessions() {
  const t = useTexts(texts).security;
  const query = useQuery(sessionsQuery);
  const end = useEndSessions();
  const [asking, setAsking] = useState(false);
  const others = (query.data ?? []).filter((session) => !session.current).map((session) => session.id);

  const endOne = (session: Session) =>
    end.mutate([session.id], {
      onSuccess: () => showToast({ text: t.ended(deviceName(session, t)) }),
      onError: (error) => showToast({ text: explain(error), tone: "danger" }),
    });
  const endOthers = async () => {
    await end.mutateAsync(others);
    showToast({ text: t.othersEnded });
  };

  return (
    <Panel
      title={t.sessions}
      about={t.sessionsAbout}
      rows
      actions={
        others.length > 0 && (
          <button type="button" className="button" {...confirm.intent} onClick={() => setAsking(true)}>
            {t.endOthers}
          </button>
        )
      }
    >
      <Loaded query={query}>
        {(sessions) => (
          <ul className="rows">
            {inOrder(sessions).map((session) => (
              <SessionRow key={session.id} session={session} t={t} onEnd={() => endOne(session)} />
            ))}
          </ul>
        )}
      </Loaded>
      {asking && (
        <Suspense>
          <confirm.Component
            title={t.endOthersTitle}
            action={t.endOthersAction}
            onConfirm={endOthers}
            onClose={() => setAsking(false)}
          >
            <p>{t.endOthersText(others.length)}</p>
          </confirm.Component>
        </Suspense>
      )}
    </Panel>
  );
}

function SessionRow({ session, t, onEnd }: { session: Session; t: Texts["security"]; onEnd: () => void }) {
  const name = deviceName(session, t);
  const used = session.current ? t.activeNow : session.last_used_at ? t.used(ago(session.last_used_at)) : t.never;
  const notes = [
    session.address,
    used,
    t.begun(date(session.created_at)),
    session.expires_at && t.expires(date(session.expires_at)),
  ];
  return (
    <li>
      <span className="row-icon">
        <Icon name={readUserAgent(session.user_agent).mobile ? "phone" : "device"} />
      </span>
      <div className="row-main" title={session.user_agent ?? undefined}>
        <p className="row-line">
          <span className="row-title">{name}</span>
          {session.current && <span className="badge good">{t.thisOne}</span>}
        </p>
        <p className="row-note">{notes.filter(Boolean).join(" · ")}</p>
      </div>
      {!session.current && (
        <button type="button" className="button" aria-label={t.endNamed(name)} onClick={onEnd}>
          {t.end}
        </button>
      )}
    </li>
  );
}

function deviceName(session: Session, t: Texts["security"]): string {
  const { browser, system } = readUserAgent(session.user_agent);
  if (browser && system) return t.onSystem(browser, system);
  return browser ?? system ?? t.unknownDevice;
}

/** This one first, then by last use. */
function inOrder(sessions: readonly Session[]): Session[] {
  const used = (session: Session) => Date.parse(session.last_used_at ?? session.created_at);
  return sessions.toSorted((a, b) => Number(b.current) - Number(a.current) || used(b) - used(a));
}
