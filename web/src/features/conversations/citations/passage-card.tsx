/** A passage that an answer quotes, with what stands around it, and the way to its place. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { call } from "../../../api/client";
import type { Citation } from "../../../api/types";
import { wayTo } from "../../../api/way-to";
import { useTexts } from "../../../i18n/use-texts";
import { Icon } from "../../../ui/icons";
import { Markdown } from "../../../ui/markdown/markdown";
import { Skeleton } from "../../../ui/states";
import { SOURCE_ICONS } from "./sources";
import { texts } from "./texts";

const passageQuery = (passage: number) =>
  queryOptions({
    queryKey: ["passage", passage],
    queryFn: async ({ signal }) =>
      (await call("get", "/api/passages/{passage}", { path: { passage: String(passage) }, signal })).data,
    retry: 1,
  });

export function PassageCard({ source }: { source: Citation }) {
  const t = useTexts(texts);
  const workspace = useParams({ strict: false }).workspace ?? "";
  const { data, isPending, isError } = useQuery(passageQuery(source.passage));
  const { kind, owner_id: id, title, place } = source;
  // A number may belong to another text by now.
  const found = data?.owner.id === id ? data : undefined;
  const way = wayTo(workspace, {
    kind,
    id,
    parent: source.parent_id,
    passage: found ? source.passage : undefined,
  });
  const facts = [t.kinds[kind], place.heading ?? "", place.page != null ? t.page(place.page) : ""].filter(Boolean);
  return (
    <div className="cited">
      <h3>
        <Icon name={SOURCE_ICONS[kind]} />
        {title || t.untitled}
      </h3>
      <p className="cited-facts">{facts.join(" · ")}</p>
      {isPending && <Skeleton lines={3} />}
      {found && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a long passage scrolls, which must work without a mouse.
        <blockquote tabIndex={0}>
          {kind !== "file" || /\.(md|markdown)$/i.test(title) ? (
            <Markdown text={found.text} />
          ) : (
            <>
              {found.before && <span className="cited-around">{found.before} </span>}
              {found.text}
              {found.after && <span className="cited-around"> {found.after}</span>}
            </>
          )}
        </blockquote>
      )}
      {!found && !isPending && (
        <>
          <p className="cited-facts">{(isError || data) && t.gone}</p>
          <blockquote>{source.snippet}</blockquote>
        </>
      )}
      {way && (
        <Link {...way} className="button">
          {t.open[kind]}
          <Icon name="forward" />
        </Link>
      )}
    </div>
  );
}
