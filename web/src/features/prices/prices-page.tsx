/** What models cost and from when on, for administrators: the table of the installation, by pattern, with what was and what will be. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Suspense, useState } from "react";
import type { Model, Price, Workspace } from "../../api/types";
import { date } from "../../i18n/format";
import { useTexts } from "../../i18n/use-texts";
import { EndOfList } from "../../ui/end-of-list";
import { Failed } from "../../ui/failed";
import { FilterField } from "../../ui/filter-field";
import { Icon } from "../../ui/icons";
import { onDemand } from "../../ui/overlays/lazy";
import { Page, Panel } from "../../ui/panel";
import { Empty, Skeleton } from "../../ui/states";
import { showToast } from "../../ui/toast";
import { useSettled } from "../../ui/use-settled";
import { type Draft, draftOf, emptyDraft, nextOf } from "./draft";
import { byPattern } from "./patterns";
import { PriceTable } from "./price-table";
import { modelsQuery, pricesQuery, useDeletePrice } from "./queries";
import { type Texts, texts } from "./texts";
import "./prices.css";

const confirm = onDemand(() => import("../../ui/confirm"));
const dialog = onDemand(() => import("./price-dialog"));
const importing = onDemand(() => import("./import-dialog"));

/** What is open over the page. */
type Open = { is: "form"; draft: Draft; price?: Price } | { is: "remove"; price: Price } | { is: "import" };

export default function PricesPage({ workspace }: { workspace: Workspace }) {
  const t = useTexts(texts);
  const [typed, setTyped] = useState("");
  const q = useSettled(typed.trim());
  const { data: models } = useQuery(modelsQuery(workspace.id));
  const remove = useDeletePrice();
  const [open, setOpen] = useState<Open>();
  const close = () => setOpen(undefined);
  const create = () => setOpen({ is: "form", draft: emptyDraft("") });

  return (
    <div className="prices-wide">
      <Page
        title={t.title}
        about={t.about}
        actions={
          <div className="prices-actions">
            <button type="button" className="button" {...importing.intent} onClick={() => setOpen({ is: "import" })}>
              {t.import}
            </button>
            <button type="button" className="button primary" {...dialog.intent} onClick={create}>
              <Icon name="plus" />
              {t.create}
            </button>
          </div>
        }
      >
        <Panel title={t.list} rows actions={<FilterField label={t.search} value={typed} onChange={setTyped} />}>
          <Prices q={q} t={t} models={models} onOpen={setOpen} />
        </Panel>
      </Page>
      <Suspense>
        {open?.is === "form" && (
          <dialog.Component first={open.draft} price={open.price} models={models ?? []} onClose={close} />
        )}
        {open?.is === "import" && <importing.Component onClose={close} />}
        {open?.is === "remove" && (
          <confirm.Component
            title={t.removeTitle(open.price.pattern, t.begins(date(open.price.valid_from)))}
            action={t.removeAction}
            onConfirm={async () => {
              await remove.mutateAsync(open.price.id);
              showToast({ text: t.removed });
            }}
            onClose={close}
          >
            <p>{t.removeText}</p>
          </confirm.Component>
        )}
      </Suspense>
    </div>
  );
}

interface PricesProps {
  q: string;
  t: Texts;
  models: readonly Model[] | undefined;
  onOpen: (open: Open) => void;
}

function Prices({ q, t, models, onOpen }: PricesProps) {
  const query = useInfiniteQuery(pricesQuery(q));
  if (query.isPending) return <Skeleton lines={6} />;
  if (query.isError && !query.data)
    return (
      <div className="panel-body">
        <Failed error={query.error} onAgain={() => void query.refetch()} />
      </div>
    );
  const prices: Price[] = query.data.pages.flatMap((page) => page.data);
  if (prices.length === 0)
    return (
      <Empty icon={q ? "search" : <Icon name="tag" />} title={q ? t.nothingTitle : t.emptyTitle}>
        <p>{q ? t.nothing(q) : t.empty}</p>
      </Empty>
    );
  return (
    <div aria-busy={query.isPlaceholderData || undefined}>
      <PriceTable
        groups={byPattern(prices)}
        models={models}
        t={t}
        onNext={({ pattern, open }) => onOpen({ is: "form", draft: nextOf(open[0], pattern) })}
        onChange={(price) => onOpen({ is: "form", draft: draftOf(price), price })}
        onRemove={(price) => onOpen({ is: "remove", price })}
      />
      <p className="sr-only" role="status">
        {t.count(prices.length, query.hasNextPage)}
      </p>
      <EndOfList query={query} />
    </div>
  );
}
