/** One file: what it is, whether answers know it, and what is in it; led to a passage, that passage first. */
import { useQuery } from "@tanstack/react-query";
import { address } from "../../api/client";
import { ApiError, explain } from "../../api/problem";
import type { StoredFile, Workspace } from "../../api/types";
import { ago, bytes, dateTime } from "../../i18n/format";
import { useTexts } from "../../i18n/use-texts";
import { Callout } from "../../ui/callout";
import { Failed } from "../../ui/failed";
import { Icon } from "../../ui/icons";
import { Markdown } from "../../ui/markdown/markdown";
import { Menu } from "../../ui/menu";
import { SidePanel } from "../../ui/side-panel";
import { Skeleton } from "../../ui/states";
import type { FileActions } from "./files-page";
import { IngestBadge } from "./ingest-badge";
import { Preview } from "./preview";
import { fileQuery, passageQuery } from "./queries";
import { texts } from "./texts";

interface FilePanelProps {
  workspace: Workspace;
  id: string;
  passage: number | undefined;
  /** Absent for who may not change anything. */
  actions: FileActions | undefined;
  onFolder: (id: string | undefined) => void;
  onClose: () => void;
}

export function FilePanel({ id, passage, actions, onFolder, onClose }: FilePanelProps) {
  const t = useTexts(texts);
  const query = useQuery(fileQuery(id));
  const file = query.data;
  const missing = query.error instanceof ApiError && query.error.status === 404;
  return (
    <SidePanel
      label={t.preview}
      title={file?.name ?? ""}
      onClose={onClose}
      actions={
        file && (
          <>
            <a
              className="button quiet icon-only"
              href={address("/api/files/{file}/content", { file: id }, { download: true })}
              download=""
              aria-label={t.download}
              title={t.download}
            >
              <Icon name="download" />
            </a>
            {actions && (
              <Menu
                label={t.moreFor(file.name)}
                title={t.more}
                button={<Icon name="more" />}
                buttonClass="button quiet icon-only"
                align="end"
                entries={() => actions.entries(file, { mayWrite: true, deleted: false })}
              />
            )}
          </>
        )
      }
    >
      {query.isPending && <Skeleton lines={6} />}
      {query.isError && !file && !missing && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      {missing && <Callout tone="warn">{t.previewFailed}</Callout>}
      {file && (
        <>
          <Facts file={file} onFolder={onFolder} />
          <IngestCallout file={file} onAgain={actions && (() => actions.readAgain(file))} />
          {passage !== undefined && <PassageView file={file} passage={passage} />}
          <Preview file={file} passage={passage} />
        </>
      )}
    </SidePanel>
  );
}

function Facts({ file, onFolder }: { file: StoredFile; onFolder: (id: string | undefined) => void }) {
  const t = useTexts(texts);
  const { ingest } = file;
  const within = file.path.slice(0, -file.name.length);
  return (
    <div className="file-facts">
      <span>{bytes(file.size_bytes)}</span>
      <time dateTime={file.updated_at} title={dateTime(file.updated_at)}>
        {ago(file.updated_at)}
      </time>
      {ingest.pages != null && <span>{t.pages(ingest.pages)}</span>}
      {ingest.status === "done" && ingest.passages != null && <span>{t.passages(ingest.passages)}</span>}
      <button type="button" className="link" onClick={() => onFolder(file.parent_id ?? undefined)}>
        {t.inside(within.length > 1 ? within : t.title)}
      </button>
      <IngestBadge ingest={ingest} />
    </div>
  );
}

/** Said only when there is something to know or to do. */
function IngestCallout({ file, onAgain }: { file: StoredFile; onAgain: (() => void) | undefined }) {
  const t = useTexts(texts);
  const { status, error } = file.ingest;
  if (status !== "failed") return null;
  return (
    <Callout
      tone="danger"
      actions={
        onAgain && (
          <button type="button" className="button" onClick={onAgain}>
            {t.readAgain}
          </button>
        )
      }
    >
      {error ? explain(error) : t.statusNote.failed}
    </Callout>
  );
}

function isMarkdown({ media_type, name }: StoredFile): boolean {
  return media_type.startsWith("text/markdown") || /\.(md|markdown)$/i.test(name);
}

function PassageView({ file, passage }: { file: StoredFile; passage: number }) {
  const t = useTexts(texts);
  const { data, error, isPending } = useQuery(passageQuery(passage));
  if (isPending) return <Skeleton lines={3} />;
  if (error || data.owner.id !== file.id) return <Callout tone="warn">{t.wrongPassage}</Callout>;
  const { heading, page } = data.place;
  return (
    <section className="file-passage" aria-label={t.passage}>
      <h3>
        <Icon name="quote" />
        {[heading || t.passage, page != null && t.page(page)].filter(Boolean).join(" · ")}
      </h3>
      {isMarkdown(file) ? (
        <Markdown text={data.text} />
      ) : (
        <p>
          {data.before && <span className="file-around">{data.before} </span>}
          <mark>{data.text}</mark>
          {data.after && <span className="file-around"> {data.after}</span>}
        </p>
      )}
    </section>
  );
}
