/** Where a memory comes from, each a way there. */
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { MemorySource } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Icon } from "../../ui/icons";
import { texts } from "./texts";

const ICONS = { message: "message", file: "file", url: "globe" } as const;

export function Sources({ workspace, sources }: { workspace: string; sources: readonly MemorySource[] }) {
  const t = useTexts(texts);
  if (sources.length === 0) return null;
  return (
    <section className="memory-part">
      <h3>{t.sources}</h3>
      <ul>
        {sources.map((source, index) => (
          <li key={String(index)}>
            <SourceLink workspace={workspace} source={source}>
              <Icon name={ICONS[source.kind]} />
              <span>{source.name || source.url || t.sourceKinds[source.kind]}</span>
            </SourceLink>
          </li>
        ))}
      </ul>
    </section>
  );
}

interface SourceLinkProps {
  workspace: string;
  source: MemorySource;
  children: ReactNode;
}

function SourceLink({ workspace, source, children }: SourceLinkProps) {
  const { kind, id, conversation_id, url } = source;
  if (kind === "message" && conversation_id)
    return (
      <Link
        to="/w/$workspace/c/$conversationId"
        params={{ workspace, conversationId: conversation_id }}
        hash={id ?? undefined}
        className="menu-item"
      >
        {children}
      </Link>
    );
  if (kind === "file" && id)
    return (
      <Link to="/w/$workspace/$page" params={{ workspace, page: "files" }} search={{ file: id }} className="menu-item">
        {children}
      </Link>
    );
  if (kind === "url" && url && /^https?:\/\//i.test(url))
    return (
      <a href={url} target="_blank" rel="noreferrer noopener" className="menu-item">
        {children}
        <Icon name="external" />
      </a>
    );
  return <span className="menu-item">{children}</span>;
}
