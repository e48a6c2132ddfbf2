/** What a workspace remembers: the list, the inbox of what is proposed, and one memory beside it. */
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { Suspense, useState } from "react";
import { address } from "../../api/client";
import type { MemoryRow, Workspace } from "../../api/types";
import { number } from "../../i18n/format";
import { useTexts } from "../../i18n/use-texts";
import { EndOfList } from "../../ui/end-of-list";
import { Failed } from "../../ui/failed";
import { FilterField } from "../../ui/filter-field";
import { Icon } from "../../ui/icons";
import { Menu } from "../../ui/menu";
import { onDemand } from "../../ui/overlays/lazy";
import { Place } from "../../ui/place";
import { putAway, usePutAway } from "../../ui/put-away";
import { Segments } from "../../ui/segments";
import { Empty, Skeleton } from "../../ui/states";
import { useSettled } from "../../ui/use-settled";
import { BulkBar } from "./bulk-bar";
import { MemoryPanel } from "./memory-panel";
import { MemoryItem } from "./memory-row";
import { deleteMemories, inboxQuery, type MemoryOrder, memoriesQuery, ORDERS, tagsQuery, useDecide } from "./queries";
import { texts } from "./texts";
import "./memories.css";

const importer = onDemand(() => import("./import-dialog"));

const TABS = ["active", "proposed", "rejected"] as const;
/** In the address in the place of an id: one that is being written. */
const NEW = "new";

interface MemoriesSearch {
  tab?: string;
  tag?: string;
  q?: string;
  memory?: string;
}

interface MemoriesPageProps {
  workspace: Workspace;
  search: MemoriesSearch;
  onSearch: (next: MemoriesSearch, replace?: boolean) => void;
}

export default function MemoriesPage({ workspace, search, onSearch }: MemoriesPageProps) {
  const t = useTexts(texts);
  const client = useQueryClient();
  const mayWrite = workspace.role !== "observer";
  const tab = TABS.find((each) => each === search.tab) ?? "active";
  const [q, setQ] = useState(search.q ?? "");
  const [sort, setSort] = useState<MemoryOrder>("-updated_at");
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [importing, setImporting] = useState(false);
  const tag = search.tag ?? "";
  const settled = useSettled(q.trim());
  const list = useInfiniteQuery(memoriesQuery(workspace.id, { status: tab, q: settled, tag, sort }));
  const inbox = useQuery(inboxQuery(workspace.id)).data ?? 0;
  const gone = usePutAway();
  const decide = useDecide(workspace.id);

  const rows = (list.data?.pages.flatMap((page) => page.data) ?? []).filter(({ id }) => !gone.has(id));
  const chosen = rows.filter(({ id }) => selected.has(id));
  const narrowed = settled !== "" || tag !== "";
  const open = (memory: string | undefined) => onSearch({ memory });
  const remove = (removed: readonly MemoryRow[]) => {
    const ids = removed.map(({ id }) => id);
    if (search.memory && ids.includes(search.memory)) open(undefined);
    setSelected(new Set());
    putAway({
      ids,
      text: t.deleted(ids.length, removed[0]?.title ?? ""),
      undo: t.undo,
      onGone: () => deleteMemories(client, workspace.id, ids),
    });
  };
  const select = (id: string, on: boolean) => {
    const next = new Set(selected);
    if (on) next.add(id);
    else next.delete(id);
    setSelected(next);
  };

  return (
    <Place
      title={t.title}
      actions={
        <>
          {mayWrite && (
            <button type="button" className="button primary" aria-label={t.new} onClick={() => open(NEW)}>
              <Icon name="plus" />
              <span>{t.new}</span>
            </button>
          )}
          <Menu
            label={t.more}
            button={<Icon name="more" />}
            buttonClass="button quiet icon-only"
            align="end"
            entries={[
              ...(mayWrite
                ? ([{ label: t.import, icon: "upload", onSelect: () => setImporting(true) }, "separator"] as const)
                : []),
              ...(["md", "jsonl", "csv"] as const).map((format) => ({
                label: t.exportAs[format],
                icon: "download" as const,
                onSelect: () => download(workspace.id, format),
              })),
            ]}
          />
        </>
      }
      side={
        search.memory && (
          <MemoryPanel
            key={search.memory}
            workspace={workspace}
            id={search.memory === NEW ? undefined : search.memory}
            mayWrite={mayWrite}
            onOpen={open}
            onRemove={(memory) => remove([memory])}
          />
        )
      }
    >
      <Segments
        label={t.lists}
        options={TABS}
        labels={{ ...t.tabs, proposed: inbox ? `${t.tabs.proposed} (${number(inbox)})` : t.tabs.proposed }}
        value={tab}
        onChoose={(next) => {
          setSelected(new Set());
          onSearch({ tab: next === "active" ? undefined : next, memory: undefined });
        }}
      />
      {chosen.length > 0 ? (
        <BulkBar
          workspace={workspace.id}
          chosen={chosen}
          onAll={chosen.length < rows.length ? () => setSelected(new Set(rows.map(({ id }) => id))) : undefined}
          onNone={() => setSelected(new Set())}
          onRemove={() => remove(chosen)}
        />
      ) : (
        <div className="place-tools">
          <FilterField label={t.search} value={q} onChange={setQ} />
          <TagChoice
            workspace={workspace.id}
            tag={tag}
            onChoose={(next) => onSearch({ tag: next || undefined }, true)}
          />
          <select aria-label={t.order} value={sort} onChange={(event) => setSort(event.target.value as MemoryOrder)}>
            {ORDERS.map((order) => (
              <option key={order} value={order}>
                {t.orders[order]}
              </option>
            ))}
          </select>
          <span className="hint push" role="status">
            {list.data?.pages[0]?.page.total != null && t.count(list.data.pages[0].page.total)}
          </span>
        </div>
      )}
      {list.isPending && <Skeleton lines={8} />}
      {list.isError && !list.data && <Failed error={list.error} onAgain={() => void list.refetch()} />}
      {rows.length > 0 && (
        <ul className="memories" aria-label={t.list} aria-busy={list.isPlaceholderData}>
          {rows.map((row) => (
            <MemoryItem
              key={row.id}
              row={row}
              open={row.id === search.memory}
              selected={selected.has(row.id)}
              mayWrite={mayWrite}
              deciding={decide.isPending}
              onOpen={() => open(row.id)}
              onSelect={(on) => select(row.id, on)}
              onTag={(next) => onSearch({ tag: next }, true)}
              onDecide={(accepted) => decide.mutate({ id: row.id, accepted })}
            />
          ))}
        </ul>
      )}
      {list.isSuccess && rows.length === 0 && (
        <Empty
          icon={<Icon name={narrowed ? "search" : tab === "active" ? "memory" : "inbox"} />}
          title={narrowed ? t.noneFound : t.empty[tab]}
        >
          <p>{narrowed ? t.noneFoundWhy : t.emptyWhy[tab]}</p>
          {narrowed && (
            <button
              type="button"
              className="button"
              onClick={() => {
                setQ("");
                onSearch({ tag: undefined }, true);
              }}
            >
              {t.showAll}
            </button>
          )}
        </Empty>
      )}
      <EndOfList query={list} />
      {importing && (
        <Suspense>
          <importer.Component workspace={workspace.id} onClose={() => setImporting(false)} />
        </Suspense>
      )}
    </Place>
  );
}

interface TagChoiceProps {
  workspace: string;
  tag: string;
  onChoose: (tag: string) => void;
}

function TagChoice({ workspace, tag, onChoose }: TagChoiceProps) {
  const t = useTexts(texts);
  const { data: tags = [] } = useQuery(tagsQuery(workspace));
  if (tags.length === 0 && !tag) return null;
  return (
    <select aria-label={t.tag} value={tag} onChange={(event) => onChoose(event.target.value)}>
      <option value="">{t.allTags}</option>
      {tag && !tags.some((each) => each.tag === tag) && <option value={tag}>{tag}</option>}
      {tags.map((each) => (
        <option key={each.tag} value={each.tag}>
          {t.tagged(each.tag, each.count)}
        </option>
      ))}
    </select>
  );
}

/** The server names the file; the page stays where it is. */
function download(workspace: string, format: string): void {
  const link = document.createElement("a");
  link.href = address("/api/workspaces/{workspace}/memories/export", { workspace }, { format });
  link.download = "";
  link.click();
}
