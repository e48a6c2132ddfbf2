/** A query's answer, or what stands for it: grey lines while it is on its way, and a way to try again. */
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { explain } from "../../../api/problem";
import { useTexts } from "../../../i18n/use-texts";
import { Callout } from "../../../ui/callout";
import { Skeleton } from "../../../ui/states";
import { texts as shared } from "../../../ui/texts";
import { texts } from "./texts";

interface LoadedProps<T> {
  query: UseQueryResult<T>;
  lines?: number;
  children: (data: T) => ReactNode;
}

export function Loaded<T>({ query, lines = 4, children }: LoadedProps<T>) {
  const t = useTexts(texts);
  const words = useTexts(shared);
  // What was read before is better than an error about reading it again.
  if (query.data !== undefined) return children(query.data);
  if (query.isPending) return <Skeleton lines={lines} />;
  return (
    <div className="panel-body">
      <Callout
        tone="danger"
        actions={
          <button type="button" className="button" onClick={() => void query.refetch()}>
            {words.tryAgain}
          </button>
        }
      >
        {t.failed} {explain(query.error)}
      </Callout>
    </div>
  );
}
