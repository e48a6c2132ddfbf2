/** What can be done with the memories that are selected. */
import { type FormEvent, useState } from "react";
import type { MemoryRow } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Icon } from "../../ui/icons";
import { useTagMemories } from "./queries";
import { texts } from "./texts";

interface BulkBarProps {
  workspace: string;
  chosen: readonly MemoryRow[];
  /** Absent when all are. */
  onAll: (() => void) | undefined;
  onNone: () => void;
  onRemove: () => void;
}

export function BulkBar({ workspace, chosen, onAll, onNone, onRemove }: BulkBarProps) {
  const t = useTexts(texts);
  const tagging = useTagMemories(workspace);
  const [tag, setTag] = useState("");
  const add = (event: FormEvent) => {
    event.preventDefault();
    const name = tag.trim().toLowerCase();
    if (name) tagging.mutate({ rows: chosen, tag: name }, { onSuccess: () => setTag("") });
  };
  return (
    <div className="place-tools">
      <button
        type="button"
        className="button quiet icon-only"
        aria-label={t.selectNone}
        title={t.selectNone}
        onClick={onNone}
      >
        <Icon name="close" />
      </button>
      <strong role="status">{t.selected(chosen.length)}</strong>
      {onAll && (
        <button type="button" className="button quiet" onClick={onAll}>
          {t.selectAll}
        </button>
      )}
      <form className="bulk-tag push" onSubmit={add}>
        <Icon name="tag" />
        <input
          type="text"
          aria-label={t.addTag}
          placeholder={t.addTag}
          maxLength={50}
          value={tag}
          onChange={(event) => setTag(event.target.value)}
        />
        <button type="submit" className="button" disabled={tag.trim() === "" || tagging.isPending}>
          {t.add}
        </button>
      </form>
      <button type="button" className="button" onClick={onRemove}>
        <Icon name="trash" />
        <span>{t.delete}</span>
      </button>
    </div>
  );
}
