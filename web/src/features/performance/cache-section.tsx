/** What is kept in memory and beside it: how often it helps, how much room it takes, what drops it, and a switch for each part. */
import { useQuery } from "@tanstack/react-query";
import { Suspense, useState } from "react";
import { explain } from "../../api/problem";
import type { NamespaceFigures, RedisFigures } from "../../api/types";
import { bytes, number } from "../../i18n/format";
import { share, span } from "../../i18n/format-measures";
import { useTexts } from "../../i18n/use-texts";
import { Meter } from "../../ui/charts/meter";
import { Failed } from "../../ui/failed";
import { Icon } from "../../ui/icons";
import { onDemand } from "../../ui/overlays/lazy";
import { Panel } from "../../ui/panel";
import { Empty, Skeleton } from "../../ui/states";
import { showToast } from "../../ui/toast";
import { Fact } from "./fact";
import { cacheQuery, useEmptyCache, useSwitchCache } from "./queries";
import { type Texts, texts } from "./texts";

const confirm = onDemand(() => import("../../ui/confirm"));

type CacheTexts = Texts["cache"];

export function CacheSection() {
  const t = useTexts(texts).cache;
  const query = useQuery(cacheQuery);
  if (query.isPending) return <Skeleton lines={8} />;
  if (query.isError && !query.data) return <Failed error={query.error} onAgain={() => void query.refetch()} />;
  const { backend, namespaces, redis } = query.data;
  const off = backend === "none";
  return (
    <>
      <Panel title={t.title} about={t.backends[backend]} rows actions={!off && <EmptyAll t={t} />}>
        {off ? (
          <Empty icon={<Icon name="info" />} title={t.noneTitle}>
            <p>{t.none}</p>
          </Empty>
        ) : (
          <ul className="rows namespaces">
            {namespaces.map((space) => (
              <Namespace key={space.name} space={space} t={t} />
            ))}
          </ul>
        )}
      </Panel>
      {redis && <Redis redis={redis} t={t} />}
    </>
  );
}

function EmptyAll({ t }: { t: CacheTexts }) {
  const [asked, setAsked] = useState(false);
  const empty = useEmptyCache();
  return (
    <>
      <button type="button" className="button" {...confirm.intent} onClick={() => setAsked(true)}>
        {t.emptyAll}
      </button>
      {asked && (
        <Suspense>
          <confirm.Component
            title={t.emptyAllTitle}
            action={t.emptyAllAction}
            danger={false}
            onConfirm={() => empty.mutateAsync(undefined).then(() => showToast({ text: t.emptiedAll }))}
            onClose={() => setAsked(false)}
          >
            <p>{t.emptyAllText}</p>
          </confirm.Component>
        </Suspense>
      )}
    </>
  );
}

function Namespace({ space, t }: { space: NamespaceFigures; t: CacheTexts }) {
  const toggle = useSwitchCache();
  const empty = useEmptyCache();
  const words = t.namespaces[space.name];
  const title = words?.title ?? space.name;
  const looks = space.hits + space.misses;
  const failed = (error: unknown) => showToast({ text: explain(error), tone: "danger" });
  return (
    <li className={space.enabled ? "namespace" : "namespace off"}>
      <div className="row-main">
        <h3 className="row-title">{title}</h3>
        <p className="row-note">{t.droppedBy(words?.droppedBy ?? space.dropped_by, span(space.ttl_seconds))}</p>
      </div>
      <dl className="facts">
        <Fact name={t.hitRate}>{looks ? share(space.hits / looks) : t.unused}</Fact>
        <Fact name={t.hits}>{number(space.hits)}</Fact>
        <Fact name={t.misses}>{number(space.misses)}</Fact>
        <Fact name={t.entries}>{number(space.entries)}</Fact>
        <Fact name={t.room}>
          <Meter label={t.roomOf(title)} value={space.bytes} budget={space.budget_bytes}>
            {t.ofBudget(bytes(space.bytes), bytes(space.budget_bytes))}
          </Meter>
        </Fact>
        <Fact name={t.oldest}>{typeof space.oldest_seconds === "number" ? span(space.oldest_seconds) : t.unused}</Fact>
      </dl>
      <div className="namespace-controls">
        <button
          type="button"
          className="button"
          aria-label={t.emptyOne(title)}
          disabled={space.entries === 0 || empty.isPending}
          onClick={() =>
            empty.mutate(space.name, { onSuccess: () => showToast({ text: t.emptied(title) }), onError: failed })
          }
        >
          {t.empty}
        </button>
        <input
          type="checkbox"
          role="switch"
          className="switch"
          aria-label={t.use(title)}
          aria-checked={space.enabled}
          checked={space.enabled}
          onChange={({ target }) =>
            toggle.mutate({ namespace: space.name, enabled: target.checked }, { onError: failed })
          }
        />
      </div>
    </li>
  );
}

function Redis({ redis, t }: { redis: RedisFigures; t: CacheTexts }) {
  return (
    <Panel title={t.redis} about={redis.connected ? t.redisConnected : t.redisAway}>
      <dl className="facts">
        <Fact name={t.hits}>{number(redis.hits)}</Fact>
        <Fact name={t.misses}>{number(redis.misses)}</Fact>
        <Fact name={t.errors}>{number(redis.errors)}</Fact>
        <Fact name={t.reconnects}>{number(redis.reconnects)}</Fact>
        <Fact name={t.sent}>{number(redis.invalidations_sent)}</Fact>
        <Fact name={t.received}>{number(redis.invalidations_received)}</Fact>
        <Fact name={t.unconfirmed}>{number(redis.invalidations_unconfirmed)}</Fact>
      </dl>
    </Panel>
  );
}
