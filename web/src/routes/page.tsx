/** The pages beside the conversations: memories, files, search, batches. One route; what it shows is loaded when one goes there. */
import { createRoute } from "@tanstack/react-router";
import { lazy } from "react";
import { Failed } from "./root";
import { shellRoute } from "./shell";

const PageFrame = lazy(() => import("./page-frame"));

/** What the addresses of these pages say behind the question mark. A value that looks like a number arrives as one. */
export interface PageSearch {
  q?: string;
  tab?: string;
  tag?: string;
  memory?: string;
  folder?: string;
  file?: string;
  passage?: number;
  kinds?: string;
  batch?: string;
  row?: number;
  lane?: number;
  conversations?: string;
}

export const pageRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "$page",
  validateSearch: (search: PageSearch) => search,
  component: function Page() {
    const { workspace } = shellRoute.useRouteContext();
    return <PageFrame key={workspace.id} workspace={workspace} name={pageRoute.useParams().page} />;
  },
  errorComponent: Failed,
});
