/** One passage that was found: what it belongs to, its text with the words in it, and where it stands. */
import { Link } from "@tanstack/react-router";
import type { Hit } from "../../api/types";
import { wayTo } from "../../api/way-to";
import { ago, dateTime } from "../../i18n/format";
import { useTexts } from "../../i18n/use-texts";
import { Icon } from "../../ui/icons";
import { shownPieces } from "./snippet";
import { texts } from "./texts";

const ICONS = { memory: "memory", file: "file", message: "message", command: "command" } as const;

export function HitRow({ hit, workspace }: { hit: Hit; workspace: string }) {
  const t = useTexts(texts);
  const { kind, owner, place, at } = hit;
  const way = wayTo(workspace, { kind, id: owner.id, parent: owner.parent_id, passage: hit.passage });
  const title = owner.title || t.untitled;
  const facts = [
    t.one[kind],
    place.heading ?? "",
    place.page != null ? t.page(place.page) : "",
    owner.tags.join(" "),
  ].filter(Boolean);
  return (
    <li className="hit">
      <span className="hit-icon">
        <Icon name={ICONS[kind]} />
      </span>
      <div className="hit-main">
        {way ? (
          <Link {...way} className="hit-title">
            {title}
          </Link>
        ) : (
          <span className="hit-title">{title}</span>
        )}
        <p className="hit-text">
          {shownPieces(hit.snippet).map((piece, index) =>
            piece.hit ? <mark key={String(index)}>{piece.text}</mark> : piece.text,
          )}
        </p>
        <p className="hit-facts">
          <span>{facts.join(" · ")}</span>
          <time dateTime={at} title={dateTime(at)}>
            {ago(at)}
          </time>
        </p>
      </div>
    </li>
  );
}
