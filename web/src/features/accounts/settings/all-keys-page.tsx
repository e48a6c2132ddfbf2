/** The API keys of everybody and of all workspaces, for administrators: whose, how limited, when used; and the end of one. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Suspense, useState } from "react";
import type { OwnedKey } from "../../../api/types";
import { useTexts } from "../../../i18n/use-texts";
import { Failed } from "../../../ui/failed";
import { FilterField } from "../../../ui/filter-field";
import { Icon } from "../../../ui/icons";
import { onDemand } from "../../../ui/overlays/lazy";
import { Page, Panel } from "../../../ui/panel";
import { Empty, Skeleton } from "../../../ui/states";
import { showToast } from "../../../ui/toast";
import { useSettled } from "../../../ui/use-settled";
import { KeyRow, type RowBudgets } from "./key-row";
import { texts as keyTexts } from "./key-texts";
import { allKeysQuery, useRevokeAnyKey } from "./queries";
import { texts } from "./texts";
import "./settings.css";

const confirm = onDemand(() => import("../../../ui/confirm"));

interface AllKeysPageProps {
  renderBudgets: (key: OwnedKey) => RowBudgets;
}

export default function AllKeysPage({ renderBudgets }: AllKeysPageProps) {
  const t = useTexts(keyTexts).all;
  const words = useTexts(texts).keys;
  const revoke = useRevokeAnyKey();
  const [typed, setTyped] = useState("");
  const [revoking, setRevoking] = useState<OwnedKey>();
  return (
    <Page title={t.title} about={t.about}>
      <Panel title={t.list} rows actions={<FilterField label={t.search} value={typed} onChange={setTyped} />}>
        <Keys q={useSettled(typed.trim())} onRevoke={setRevoking} renderBudgets={renderBudgets} />
      </Panel>
      {revoking && (
        <Suspense>
          <confirm.Component
            title={words.revokeTitle(revoking.name)}
            action={words.revokeAction}
            onConfirm={async () => {
              await revoke.mutateAsync(revoking.id);
              showToast({ text: words.revoked(revoking.name) });
            }}
            onClose={() => setRevoking(undefined)}
          >
            <p>{words.revokeText}</p>
          </confirm.Component>
        </Suspense>
      )}
    </Page>
  );
}

interface KeysProps extends AllKeysPageProps {
  q: string;
  onRevoke: (key: OwnedKey) => void;
}

function Keys({ q, onRevoke, renderBudgets }: KeysProps) {
  const t = useTexts(keyTexts).all;
  const query = useInfiniteQuery(allKeysQuery(q));
  if (query.isPending) return <Skeleton lines={6} />;
  if (query.isError && !query.data) {
    return (
      <div className="panel-body">
        <Failed error={query.error} onAgain={() => void query.refetch()} />
      </div>
    );
  }
  const keys = query.data.pages.flatMap((page) => page.data);
  if (keys.length === 0) {
    return (
      <Empty icon={<Icon name="key" />} title={t.none}>
        <p>{q ? t.noneFound(q) : t.noneYet}</p>
      </Empty>
    );
  }
  return (
    <>
      <ul className="rows" aria-busy={query.isPlaceholderData || undefined}>
        {keys.map((key) => (
          <KeyRow
            key={key.id}
            apiKey={key}
            budgets={renderBudgets(key)}
            owner={
              key.workspace_name
                ? t.ofWorkspace(key.workspace_name, key.user_name)
                : t.ofPerson(key.user_name, key.user_email)
            }
            onRevoke={() => onRevoke(key)}
          />
        ))}
      </ul>
      <div className="keys-end">
        <span role="status">{t.count(keys.length, query.hasNextPage)}</span>
        {query.hasNextPage && (
          <button
            type="button"
            className="button"
            disabled={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            {query.isFetchingNextPage ? t.loadingMore : t.more}
          </button>
        )}
      </div>
    </>
  );
}
