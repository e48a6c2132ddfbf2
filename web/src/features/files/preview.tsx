/** What is in a file: text, Markdown, a picture, a PDF, the beginning of a table. A passage is marked where text is text. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { address } from "../../api/client";
import type { StoredFile } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Callout } from "../../ui/callout";
import { Failed } from "../../ui/failed";
import { Icon } from "../../ui/icons";
import { Markdown } from "../../ui/markdown/markdown";
import { Skeleton } from "../../ui/states";
import { aroundPlace } from "./around";
import { passageQuery, previewQuery } from "./queries";
import { texts } from "./texts";
import "../../ui/markdown/prose.css";

export function Preview({ file, passage }: { file: StoredFile; passage: number | undefined }) {
  const t = useTexts(texts);
  const query = useQuery(previewQuery(file));
  const { data: found } = useQuery({ ...passageQuery(passage ?? 0), enabled: passage !== undefined });
  if (query.isPending) return <Skeleton lines={8} />;
  if (query.isError) return <Failed error={query.error} onAgain={() => void query.refetch()} />;
  const { kind, text, rows, truncated } = query.data;
  const content = address("/api/files/{file}/content", { file: file.id });
  const place = found?.owner.id === file.id ? found.place : undefined;
  return (
    <section className="file-preview" aria-label={t.preview}>
      {kind === "none" && <p className="hint">{t.noPreview}</p>}
      {kind === "missing" && <Callout tone="warn">{t.contentMissing}</Callout>}
      {kind === "image" && <img src={content} alt={file.name} />}
      {kind === "pdf" && (
        <iframe className="file-pdf" src={place?.page ? `${content}#page=${place.page}` : content} title={file.name} />
      )}
      {kind === "pdf" && (
        <a
          className="button"
          href={place?.page ? `${content}#page=${place.page}` : content}
          target="_blank"
          rel="noreferrer noopener"
        >
          <Icon name="external" />
          {t.openPdf}
        </a>
      )}
      {kind === "markdown" && text && <Markdown text={text} />}
      {(kind === "text" || kind === "pdf") && text && <Text text={text} start={place?.start} end={place?.end} />}
      {kind === "table" && rows && <Table rows={rows} label={t.tableLabel} />}
      {truncated && <p className="hint">{t.truncated}</p>}
    </section>
  );
}

interface TextProps {
  text: string;
  start: number | null | undefined;
  end: number | null | undefined;
}

function Text({ text, start, end }: TextProps) {
  const mark = useRef<HTMLElement>(null);
  useEffect(() => {
    if (start != null) mark.current?.scrollIntoView({ block: "center" });
  }, [start]);
  const [before, marked, after] = aroundPlace(text, start, end);
  return (
    <pre className="file-text">
      {before}
      {marked && <mark ref={mark}>{marked}</mark>}
      {after}
    </pre>
  );
}

function Table({ rows, label }: { rows: readonly (readonly string[])[]; label: string }) {
  const [head, ...body] = rows;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls sideways, which must work without a mouse.
    <section className="file-table" tabIndex={0} aria-label={label}>
      <table>
        <thead>
          <tr>
            {head?.map((cell, index) => (
              <th key={String(index)} scope="col">
                {cell}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {body.map((row, index) => (
            <tr key={String(index)}>
              {row.map((cell, at) => (
                <td key={String(at)}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
