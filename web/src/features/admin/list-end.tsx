/** The end of a list that is read page by page: how much is shown, and the way to more. */
import { useTexts } from "../../i18n/use-texts";
import { texts } from "./texts";

interface ListEndProps {
  query: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };
  /** How much there is. */
  said: string;
}

export function ListEnd({ query, said }: ListEndProps) {
  const t = useTexts(texts);
  return (
    <div className="users-end">
      <span role="status">{said}</span>
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
  );
}
