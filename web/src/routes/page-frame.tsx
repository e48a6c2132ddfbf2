/** Finds the page that the address names, and gives it what stands behind the question mark. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type ComponentType, lazy, Suspense } from "react";
import type { Workspace } from "../api/types";
import { Skeleton } from "../ui/states";
import type { PageSearch } from "./page";
import { Missing } from "./root";

interface KnowledgePageProps {
  workspace: Workspace;
  search: PageSearch;
  /** Changes what stands behind the question mark; `replace` leaves no step to go back to. */
  onSearch: (next: Partial<PageSearch>, replace?: boolean) => void;
}

const PAGES: Record<string, ComponentType<KnowledgePageProps>> = {
  batches: lazy(() => import("./batches")),
  compare: lazy(() => import("./compare-start")),
  files: lazy(() => import("../features/files/files-page")),
  leaderboard: lazy(() => import("./leaderboard")),
  memories: lazy(() => import("../features/memories/memories-page")),
  search: lazy(() => import("../features/search/search-page")),
};

/** What in an address is a number; everything else is a text, also what looks like one. */
const NUMBERS = new Set(["passage", "row", "lane"]);

export default function PageFrame({ workspace, name }: { workspace: Workspace; name: string }) {
  const navigate = useNavigate();
  const raw = useSearch({ strict: false });
  const search = Object.fromEntries(
    Object.entries(raw).map(([key, value]) => [key, NUMBERS.has(key) ? Number(value) : String(value)]),
  ) as PageSearch;
  const Page = Object.hasOwn(PAGES, name) ? PAGES[name] : undefined;
  if (!Page) return <Missing />;
  return (
    <Suspense fallback={<Skeleton lines={8} />}>
      <Page
        key={name}
        workspace={workspace}
        search={search}
        onSearch={(next, replace = false) =>
          void navigate({
            to: "/w/$workspace/$page",
            params: { workspace: workspace.slug, page: name },
            search: withoutNothing({ ...search, ...next }),
            replace,
          })
        }
      />
    </Suspense>
  );
}

/** What is empty does not stand in the address. */
function withoutNothing(search: PageSearch): PageSearch {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined && value !== ""));
}
