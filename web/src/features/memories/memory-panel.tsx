/** One memory: to read, with where it comes from and what it said before; to change; or a new one. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ApiError } from "../../api/problem";
import type { Memory, MemoryRow, Workspace } from "../../api/types";
import { ago, dateTime } from "../../i18n/format";
import { useTexts } from "../../i18n/use-texts";
import { Callout } from "../../ui/callout";
import { CopyButton } from "../../ui/copy-button";
import { Failed } from "../../ui/failed";
import { Icon } from "../../ui/icons";
import { Markdown } from "../../ui/markdown/markdown";
import { Menu } from "../../ui/menu";
import { SidePanel } from "../../ui/side-panel";
import { Skeleton } from "../../ui/states";
import { MemoryForm } from "./memory-form";
import { Validity } from "./memory-row";
import { memoryQuery, useDecide, useRestoreVersion, versionQuery } from "./queries";
import { Sources } from "./sources";
import { texts } from "./texts";
import { Versions } from "./versions";
import "../../ui/markdown/prose.css";

interface MemoryPanelProps {
  workspace: Workspace;
  /** Absent for a new one. */
  id: string | undefined;
  mayWrite: boolean;
  /** Goes to another one; without an id, to none. */
  onOpen: (id: string | undefined) => void;
  onRemove: (memory: MemoryRow) => void;
}

export function MemoryPanel({ workspace, id, mayWrite, onOpen, onRemove }: MemoryPanelProps) {
  const t = useTexts(texts);
  const query = useQuery({ ...memoryQuery(id ?? ""), enabled: id !== undefined });
  const [editing, setEditing] = useState(id === undefined);
  const found = query.data;
  const close = () => onOpen(undefined);
  const missing = query.error instanceof ApiError && query.error.status === 404;
  return (
    <SidePanel
      label={id === undefined ? t.new : t.memory}
      title={id === undefined ? t.new : editing ? t.editing : found ? t.versionNow(found.memory.version) : ""}
      onClose={close}
      actions={
        found &&
        !editing && (
          <>
            <CopyButton text={found.memory.content} bare />
            {mayWrite && (
              <>
                <button type="button" className="button" onClick={() => setEditing(true)}>
                  <Icon name="pencil" />
                  {t.edit}
                </button>
                <Menu
                  label={t.more}
                  button={<Icon name="more" />}
                  buttonClass="button quiet icon-only"
                  align="end"
                  entries={[{ label: t.delete, icon: "trash", danger: true, onSelect: () => onRemove(found.memory) }]}
                />
              </>
            )}
          </>
        )
      }
    >
      {id !== undefined && query.isPending && <Skeleton lines={6} />}
      {query.isError && !found && !missing && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      {missing && <Callout tone="warn">{t.openFailed}</Callout>}
      {editing && (found || id === undefined) && (
        <MemoryForm
          workspace={workspace.id}
          memory={found?.memory}
          etag={found?.etag}
          onSaved={(saved) => {
            setEditing(false);
            if (id === undefined) onOpen(saved.id);
          }}
          onCancel={() => (id === undefined ? close() : setEditing(false))}
        />
      )}
      {found && !editing && <Reading workspace={workspace} memory={found.memory} mayWrite={mayWrite} />}
    </SidePanel>
  );
}

function Reading({ workspace, memory, mayWrite }: { workspace: Workspace; memory: Memory; mayWrite: boolean }) {
  const t = useTexts(texts);
  const decide = useDecide(workspace.id);
  const restore = useRestoreVersion(workspace.id, memory.id);
  const [version, setVersion] = useState<number>();
  const { data: old } = useQuery({ ...versionQuery(memory.id, version ?? 0), enabled: version !== undefined });
  const shown = version !== undefined && old ? old : memory;
  return (
    <>
      {memory.status !== "active" && (
        <Callout
          tone="quiet"
          actions={
            mayWrite &&
            memory.status === "proposed" && (
              <>
                <button
                  type="button"
                  className="button"
                  disabled={decide.isPending}
                  onClick={() => decide.mutate({ id: memory.id, accepted: false })}
                >
                  {t.reject}
                </button>
                <button
                  type="button"
                  className="button"
                  disabled={decide.isPending}
                  onClick={() => decide.mutate({ id: memory.id, accepted: true })}
                >
                  {t.accept}
                </button>
              </>
            )
          }
        >
          {memory.status === "proposed" ? t.proposedNote : t.rejectedNote}
        </Callout>
      )}
      {version !== undefined && (
        <Callout
          tone="warn"
          actions={
            <>
              <button type="button" className="button" onClick={() => setVersion(undefined)}>
                {t.toNow}
              </button>
              {mayWrite && (
                <button
                  type="button"
                  className="button"
                  disabled={restore.isPending}
                  onClick={() => restore.mutate(version, { onSuccess: () => setVersion(undefined) })}
                >
                  {t.restore}
                </button>
              )}
            </>
          }
        >
          {t.lookingAt(version)}
        </Callout>
      )}
      <article className="memory" aria-busy={version !== undefined && !old}>
        <h3 className="memory-title">{shown.title}</h3>
        <p className="memory-facts">
          <Validity row={memory} />
          {shown.tags.map((tag) => (
            <span key={tag} className="tag">
              {tag}
            </span>
          ))}
        </p>
        <Markdown text={shown.content} />
      </article>
      <p className="memory-facts">
        <time dateTime={memory.created_at}>{t.created(dateTime(memory.created_at))}</time>
        <time dateTime={memory.updated_at} title={dateTime(memory.updated_at)}>
          {t.updated(ago(memory.updated_at))}
        </time>
        <span>{memory.last_used_at ? t.used(ago(memory.last_used_at)) : t.unused}</span>
      </p>
      <Sources workspace={workspace.slug} sources={memory.sources} />
      {memory.version > 1 && <Versions memory={memory.id} current={version} onOpen={setVersion} />}
    </>
  );
}
