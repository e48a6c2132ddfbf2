/** One search over memories, files and messages: what was found, with the words in it, each a way to its place. */
import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { call } from "../../api/client";
import type { Hit, HitKind, SearchMode, Workspace } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Failed } from "../../ui/failed";
import { Icon } from "../../ui/icons";
import { Place } from "../../ui/place";
import { Segments } from "../../ui/segments";
import { Empty, Skeleton } from "../../ui/states";
import { useSettled } from "../../ui/use-settled";
import { HitRow } from "./hit-row";
import { texts } from "./texts";
import "./search.css";

const KINDS = ["memory", "file", "message"] as const;
const MODES = ["hybrid", "vector", "text"] as const;
const LAYOUTS = ["list", "groups"] as const;
const HITS_MAX = 30;

const searchQuery = (workspace: string, query: string, kinds: readonly HitKind[], mode: SearchMode) =>
  queryOptions({
    queryKey: ["search", workspace, query, kinds, mode],
    queryFn: async ({ signal }) =>
      (
        await call("post", "/api/search", {
          body: { query, workspace, kinds: kinds.length ? [...kinds] : undefined, mode, k: HITS_MAX },
          signal,
        })
      ).data,
    // What is found changes with everything that is written.
    staleTime: 10_000,
    placeholderData: keepPreviousData,
  });

const statusQuery = (workspace: string) =>
  queryOptions({
    queryKey: ["search", workspace, "status"],
    queryFn: async ({ signal }) => (await call("get", "/api/search/status", { query: { workspace }, signal })).data,
    staleTime: 10_000,
    retry: false,
  });

interface SearchSearch {
  q?: string;
  kinds?: string;
}

interface SearchPageProps {
  workspace: Workspace;
  search: SearchSearch;
  onSearch: (next: SearchSearch, replace?: boolean) => void;
}

export default function SearchPage({ workspace, search, onSearch }: SearchPageProps) {
  const t = useTexts(texts);
  const [text, setText] = useState(search.q ?? "");
  const [mode, setMode] = useState<SearchMode>("hybrid");
  const [layout, setLayout] = useState<(typeof LAYOUTS)[number]>("list");
  const field = useRef<HTMLInputElement>(null);
  const q = useSettled(text.trim());
  const wanted = (search.kinds ?? "").split(",");
  const kinds = KINDS.filter((kind) => wanted.includes(kind));
  const query = useQuery({ ...searchQuery(workspace.id, q, kinds, mode), enabled: q !== "" });
  const status = useQuery({ ...statusQuery(workspace.id), enabled: q === "" });

  // The address follows what was asked; what the address asks anew (the palette) goes into the field.
  const written = useRef(search.q ?? "");
  useEffect(() => {
    if (q === written.current) return;
    written.current = q;
    onSearch({ q: q || undefined }, true);
  }, [q, onSearch]);
  useEffect(() => {
    const asked = search.q ?? "";
    if (asked === written.current) return;
    written.current = asked;
    setText(asked);
  }, [search.q]);
  useEffect(() => {
    if (matchMedia("(hover: hover)").matches) field.current?.focus();
  }, []);

  const found = q === "" ? undefined : query.data;
  const toggle = (kind: HitKind) => {
    const next = KINDS.filter((each) => (each === kind) !== kinds.includes(each));
    // All of them is no choice.
    onSearch({ kinds: next.length === KINDS.length ? undefined : next.join(",") || undefined }, true);
  };

  return (
    <Place title={t.title}>
      <search className="search">
        <div className="search-field">
          <Icon name="search" />
          <input
            ref={field}
            type="text"
            inputMode="search"
            enterKeyHint="search"
            autoComplete="off"
            aria-label={t.field}
            placeholder={t.placeholder}
            maxLength={1_000}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
          {text && (
            <button
              type="button"
              className="button quiet icon-only"
              aria-label={t.clear}
              title={t.clear}
              onClick={() => {
                setText("");
                field.current?.focus();
              }}
            >
              <Icon name="close" />
            </button>
          )}
        </div>
        <div className="search-tools">
          <fieldset className="search-kinds">
            <legend className="sr-only">{t.kinds}</legend>
            {KINDS.map((kind) => (
              <button
                key={kind}
                type="button"
                className="search-kind"
                aria-pressed={kinds.includes(kind)}
                onClick={() => toggle(kind)}
              >
                {t.kind[kind]}
              </button>
            ))}
          </fieldset>
          <select aria-label={t.mode} value={mode} onChange={(event) => setMode(event.target.value as SearchMode)}>
            {MODES.map((each) => (
              <option key={each} value={each}>
                {t.modes[each]}
              </option>
            ))}
          </select>
          <Segments label={t.layout} options={LAYOUTS} labels={t.layouts} value={layout} onChoose={setLayout} />
        </div>
      </search>
      {q === "" && (
        <Empty icon={<Icon name="search" />} title={t.start}>
          <p>{t.startWhy}</p>
          {status.data && status.data.passages > 0 && <p>{t.status(status.data.passages)}</p>}
        </Empty>
      )}
      {q !== "" && query.isPending && <Skeleton lines={8} />}
      {q !== "" && query.isError && !found && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      {found && (
        <div className="search-found" aria-busy={query.isPlaceholderData}>
          <p className="hint" role="status">
            {t.count(found.hits.length)}
            {found.mode === "text" && mode !== "text" && ` · ${t.textOnly}`}
            {found.mode !== "text" && found.pending > 0 && ` · ${t.pending(found.pending)}`}
          </p>
          {found.hits.length === 0 && (
            <Empty icon={<Icon name="search" />} title={t.nothing(q)}>
              <p>{t.nothingWhy}</p>
              {kinds.length > 0 && (
                <button type="button" className="button" onClick={() => onSearch({ kinds: undefined }, true)}>
                  {t.everywhere}
                </button>
              )}
            </Empty>
          )}
          {layout === "list" ? (
            <Hits label={t.results} hits={found.hits} workspace={workspace} />
          ) : (
            groupsOf(found.hits).map(([kind, hits]) => (
              <Hits key={kind} label={t.kind[kind]} hits={hits} workspace={workspace}>
                <h2>{t.kind[kind]}</h2>
              </Hits>
            ))
          )}
        </div>
      )}
    </Place>
  );
}

interface HitsProps {
  label: string;
  hits: readonly Hit[];
  workspace: Workspace;
  children?: ReactNode;
}

function Hits({ label, hits, workspace, children }: HitsProps) {
  if (hits.length === 0) return null;
  return (
    <section aria-label={label}>
      {children}
      <ul className="hits">
        {hits.map((hit) => (
          <HitRow key={hit.passage} hit={hit} workspace={workspace.slug} />
        ))}
      </ul>
    </section>
  );
}

/** The kind of the best hit first. */
function groupsOf(hits: readonly Hit[]): [HitKind, Hit[]][] {
  const groups = new Map<HitKind, Hit[]>();
  for (const hit of hits) {
    const group = groups.get(hit.kind);
    if (group) group.push(hit);
    else groups.set(hit.kind, [hit]);
  }
  return [...groups];
}
