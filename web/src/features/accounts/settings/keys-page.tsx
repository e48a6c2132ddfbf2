/** Keys for programs: what there is, what each was used for last, new ones, and the end of one. */
import { useQuery } from "@tanstack/react-query";
import { Suspense, useState } from "react";
import type { ApiKey, KeyScope, Workspace } from "../../../api/types";
import { ago, date } from "../../../i18n/format";
import { useTexts } from "../../../i18n/use-texts";
import { CopyButton } from "../../../ui/copy-button";
import { Icon } from "../../../ui/icons";
import { onDemand } from "../../../ui/overlays/lazy";
import { Page, Panel } from "../../../ui/panel";
import { Empty } from "../../../ui/states";
import { showToast } from "../../../ui/toast";
import { Loaded } from "./loaded";
import { keysQuery, useRevokeKeys } from "./queries";
import { type Texts, texts } from "./texts";
import "./settings.css";

const confirm = onDemand(() => import("../../../ui/confirm"));
const dialog = onDemand(() => import("./new-key-dialog"));

export default function KeysPage({ workspace }: { workspace: Workspace }) {
  const t = useTexts(texts).keys;
  const query = useQuery(keysQuery);
  const revoke = useRevokeKeys();
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<ApiKey>();

  const create = (
    <button type="button" className="button primary" {...dialog.intent} onClick={() => setMaking(true)}>
      <Icon name="plus" />
      {t.create}
    </button>
  );
  return (
    <Page title={t.title} about={t.about} actions={query.data?.length ? create : undefined}>
      <Panel title={t.list} rows>
        <Loaded query={query}>
          {(keys) =>
            keys.length === 0 ? (
              <Empty icon={<Icon name="key" />} title={t.emptyTitle}>
                <p>{t.empty}</p>
                {create}
              </Empty>
            ) : (
              <ul className="rows">
                {keys.map((key) => (
                  <KeyRow key={key.id} apiKey={key} t={t} onRevoke={() => setRevoking(key)} />
                ))}
              </ul>
            )
          }
        </Loaded>
      </Panel>
      <Panel title={t.address} about={t.addressHint}>
        <div className="secret">
          <code>{`${location.origin}/v1`}</code>
          <CopyButton text={`${location.origin}/v1`} />
        </div>
      </Panel>
      <Suspense>
        {making && <dialog.Component workspace={workspace} onClose={() => setMaking(false)} />}
        {revoking && (
          <confirm.Component
            title={t.revokeTitle(revoking.name)}
            action={t.revokeAction}
            onConfirm={async () => {
              await revoke.mutateAsync([revoking.id]);
              showToast({ text: t.revoked(revoking.name) });
            }}
            onClose={() => setRevoking(undefined)}
          >
            <p>{t.revokeText}</p>
          </confirm.Component>
        )}
      </Suspense>
    </Page>
  );
}

function KeyRow({ apiKey, t, onRevoke }: { apiKey: ApiKey; t: Texts["keys"]; onRevoke: () => void }) {
  const { name, prefix, scopes, created_at, last_used_at, expires_at } = apiKey;
  const over = expires_at && Date.parse(expires_at) <= Date.now();
  const notes = [
    last_used_at ? t.used(ago(last_used_at)) : t.never,
    expires_at ? (over ? t.expired(date(expires_at)) : t.expires(date(expires_at))) : t.forever,
    t.made(date(created_at)),
  ];
  return (
    <li>
      <span className="row-icon">
        <Icon name="key" />
      </span>
      <div className="row-main">
        <p className="row-line">
          <span className="row-title">{name}</span>
          {scopes.map((scope) => (
            <span key={scope} className="badge" title={t.scopes[scope as KeyScope]?.note}>
              {t.scopes[scope as KeyScope]?.label ?? scope}
            </span>
          ))}
        </p>
        <p className="row-note">
          <code className="key-prefix">{prefix}…</code> {notes.join(" · ")}
        </p>
      </div>
      <button type="button" className="button" aria-label={t.revokeNamed(name)} {...confirm.intent} onClick={onRevoke}>
        {t.revoke}
      </button>
    </li>
  );
}
