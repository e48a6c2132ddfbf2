/**
 * The sources of an answer: a list below it, and the references in its text as buttons, each of which shows the passage and
 * leads to its place. Loaded with the first answer that has some.
 */
import { useEffect, useMemo } from "react";
import type { Citation } from "../../../api/types";
import { useTexts } from "../../../i18n/use-texts";
import { Icon } from "../../../ui/icons";
import type { CiteText } from "../../../ui/markdown/cite";
import { Popover } from "../../../ui/popover";
import { PassageCard } from "./passage-card";
import { referencesIn } from "./references";
import { texts } from "./texts";
import "./citations.css";

interface SourcesProps {
  citations: readonly Citation[];
  writing: boolean;
  /** Takes the way in which references are drawn. */
  onCite: (cite: () => CiteText) => void;
}

export const SOURCE_ICONS = { memory: "memory", file: "file", message: "message", command: "command" } as const;

export default function Sources({ citations, writing, onCite }: SourcesProps) {
  const t = useTexts(texts);
  const byNumber = useMemo(() => new Map(citations.map((each) => [each.number, each])), [citations]);
  useEffect(() => {
    const known = new Set(byNumber.keys());
    const cite: CiteText = (text) =>
      referencesIn(text, known).map((piece, index) => {
        const source = typeof piece === "number" ? byNumber.get(piece) : undefined;
        return source ? <Reference key={String(index)} source={source} /> : piece;
      });
    onCite(() => cite);
  }, [byNumber, onCite]);
  // While it is written nobody knows yet which of them it needs.
  if (writing) return null;
  if (citations.length === 0)
    return (
      <p className="sources-none">
        <Icon name="search" />
        {t.nothing}
      </p>
    );
  return (
    <section className="sources" aria-label={t.sources}>
      <h3>{t.count(byNumber.size)}</h3>
      <ol>
        {[...byNumber.values()].map((source) => (
          <li key={source.number}>
            <Popover
              label={t.source(source.number, source.title || t.untitled)}
              worded
              title={source.title || t.untitled}
              button={
                <>
                  <span className="source-number">{source.number}</span>
                  <Icon name={SOURCE_ICONS[source.kind]} />
                  <span className="source-title">{source.title || t.untitled}</span>
                  {source.place.page != null && <span className="source-page">{t.page(source.place.page)}</span>}
                </>
              }
              buttonClass="source"
              panelClass="cited-panel"
              side="top"
            >
              {() => <PassageCard source={source} />}
            </Popover>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Reference({ source }: { source: Citation }) {
  const t = useTexts(texts);
  return (
    <Popover
      label={t.source(source.number, source.title || t.untitled)}
      button={source.number}
      buttonClass="cite"
      panelClass="cited-panel"
      side="top"
    >
      {() => <PassageCard source={source} />}
    </Popover>
  );
}
