/** What was changed of this Stoa and its workspaces: by whom, when, from what to what. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { AuditEntry } from "../../api/types";
import { ago, dateTime } from "../../i18n/format";
import { useTexts } from "../../i18n/use-texts";
import { Icon } from "../../ui/icons";
import { Page, Panel } from "../../ui/panel";
import { Empty, Skeleton } from "../../ui/states";
import { changesOf, titleOf } from "./audit";
import { type Texts, texts } from "./audit-texts";
import { Failed } from "./failed";
import { ListEnd } from "./list-end";
import { auditQuery } from "./queries";
import "./admin.css";

export default function AuditPage() {
  const t = useTexts(texts);
  const [kind, setKind] = useState("");
  return (
    <Page title={t.title} about={t.about}>
      <Panel
        title={t.list}
        rows
        actions={
          <label className="audit-kind">
            {t.kind}
            <select value={kind} onChange={({ target }) => setKind(target.value)}>
              <option value="">{t.all}</option>
              {Object.entries(t.kinds).map(([value, name]) => (
                <option key={value} value={value}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        }
      >
        <Entries kind={kind || undefined} t={t} />
      </Panel>
    </Page>
  );
}

function Entries({ kind, t }: { kind: string | undefined; t: Texts }) {
  const query = useInfiniteQuery(auditQuery(kind));
  if (query.isPending) return <Skeleton lines={6} />;
  if (query.isError && !query.data) return <Failed error={query.error} onAgain={() => void query.refetch()} />;
  const entries = query.data.pages.flatMap((page) => page.data);
  if (entries.length === 0) {
    return (
      <Empty icon={<Icon name="history" />} title={t.none}>
        <p>{kind ? t.noneOfKind : t.noneYet}</p>
      </Empty>
    );
  }
  return (
    <>
      <ul className="rows" aria-busy={query.isPlaceholderData || undefined}>
        {entries.map((entry) => (
          <Entry key={entry.id} entry={entry} t={t} />
        ))}
      </ul>
      <ListEnd query={query} said={t.count(entries.length, query.hasNextPage)} />
    </>
  );
}

function Entry({ entry, t }: { entry: AuditEntry; t: Texts }) {
  const { at, actor_name, actor_id, subject_name, action } = entry;
  const changes = changesOf(entry.detail);
  return (
    <li className="audit-entry">
      <div className="row-main">
        <p className="user-line">
          <span className="row-title">{titleOf(action, t)}</span>
          {subject_name && <span>{subject_name}</span>}
        </p>
        <p className="row-note">
          {actor_name ?? (actor_id ? t.gone : t.commandLine)} ·{" "}
          <time dateTime={at} title={dateTime(at)}>
            {ago(at)}
          </time>
        </p>
        {changes.length > 0 && (
          <dl className="audit-changes">
            {changes.map(({ field, from, to, secret }) => (
              <div key={field}>
                <dt>
                  <code>{field}</code>
                </dt>
                <dd>
                  {secret ? (
                    t.secret
                  ) : (
                    <>
                      {from !== undefined && (
                        <>
                          {from ? <code>{from}</code> : t.nothing} <span aria-hidden="true">{t.arrow}</span>
                          <span className="sr-only">{t.becomes}</span>{" "}
                        </>
                      )}
                      {to ? <code>{to}</code> : t.nothing}
                    </>
                  )}
                </dd>
              </div>
            ))}
          </dl>
        )}
      </div>
    </li>
  );
}
