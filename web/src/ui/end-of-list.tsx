/** The end of a list that is read in pages: asks for the next one when it comes near the view, and says so when that fails. */
import { useEffect, useRef } from "react";
import { useTexts } from "../i18n/use-texts";
import { texts } from "./texts";

interface EndOfListProps {
  query: {
    hasNextPage: boolean;
    isFetchingNextPage: boolean;
    isFetchNextPageError: boolean;
    fetchNextPage: () => unknown;
  };
}

const AHEAD = "400px";

export function EndOfList({ query }: EndOfListProps) {
  const t = useTexts(texts);
  const place = useRef<HTMLDivElement>(null);
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = query;
  useEffect(() => {
    if (!place.current || !hasNextPage || isFetchingNextPage || isFetchNextPageError) return;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && void fetchNextPage(), {
      rootMargin: AHEAD,
    });
    observer.observe(place.current);
    return () => observer.disconnect();
  }, [hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage]);
  if (!hasNextPage) return null;
  return (
    <div ref={place} className="place-end">
      {isFetchNextPageError ? (
        <button type="button" className="button" onClick={() => void fetchNextPage()}>
          {t.tryAgain}
        </button>
      ) : (
        <span className="hint">{t.loading}</span>
      )}
    </div>
  );
}
