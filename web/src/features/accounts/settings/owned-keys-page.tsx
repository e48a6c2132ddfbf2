/** Keys for programs, of a person or of a workspace: what there is, what limits each, new ones, and the end of one. */
import { useQuery } from "@tanstack/react-query";
import { Suspense, useState } from "react";
import type { ApiKey, Workspace } from "../../../api/types";
import { useTexts } from "../../../i18n/use-texts";
import { CopyButton } from "../../../ui/copy-button";
import { Icon } from "../../../ui/icons";
import { onDemand } from "../../../ui/overlays/lazy";
import { Page, Panel } from "../../../ui/panel";
import { Empty } from "../../../ui/states";
import { showToast } from "../../../ui/toast";
import { KeyRow, type RowBudgets } from "./key-row";
import { texts as keyTexts } from "./key-texts";
import { Loaded } from "./loaded";
import { OwnLimits } from "./own-limits";
import { type KeyOwner, keysQuery, useRevokeKeys } from "./queries";
import { texts } from "./texts";
import "./settings.css";

const confirm = onDemand(() => import("../../../ui/confirm"));
const dialog = onDemand(() => import("./new-key-dialog"));
const editing = onDemand(() => import("./edit-key-dialog"));

interface OwnedKeysPageProps {
  owner: KeyOwner;
  workspace: Workspace;
  renderBudgets: (key: ApiKey) => RowBudgets;
}

export function OwnedKeysPage({ owner, workspace, renderBudgets }: OwnedKeysPageProps) {
  const all = useTexts(texts).keys;
  const k = useTexts(keyTexts);
  const t = owner === "me" ? all : { ...all, ...k.workspace };
  const query = useQuery(keysQuery(owner));
  const revoke = useRevokeKeys(owner);
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<ApiKey>();
  const [changing, setChanging] = useState<ApiKey>();

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
                  <KeyRow
                    key={key.id}
                    apiKey={key}
                    budgets={renderBudgets(key)}
                    onChange={() => setChanging(key)}
                    onRevoke={() => setRevoking(key)}
                  />
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
      {/* A workspace's keys are nobody's: the limits of a person do not hold for them. */}
      {owner === "me" && <OwnLimits />}
      <Suspense>
        {making && <dialog.Component owner={owner} workspace={workspace} onClose={() => setMaking(false)} />}
        {changing && <editing.Component owner={owner} apiKey={changing} onClose={() => setChanging(undefined)} />}
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
