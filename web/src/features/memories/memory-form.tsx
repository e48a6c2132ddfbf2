/** Writing a memory, or changing one. Ctrl+Enter saves. */
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { fieldErrors } from "../../api/problem";
import type { Memory } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { described, Field, Frame } from "../../ui/field";
import { FormFoot } from "../../ui/form-foot";
import { Markdown } from "../../ui/markdown/markdown";
import { Segments } from "../../ui/segments";
import { tagsQuery, useSaveMemory } from "./queries";
import { TagsField } from "./tags-field";
import { texts } from "./texts";
import { fromDay, toDay } from "./validity";

interface MemoryFormProps {
  workspace: string;
  /** Absent for a new one. */
  memory: Memory | undefined;
  etag: string | null | undefined;
  onSaved: (memory: Memory) => void;
  onCancel: () => void;
}

const VIEWS = ["write", "preview"] as const;

export function MemoryForm({ workspace, memory, etag, onSaved, onCancel }: MemoryFormProps) {
  const t = useTexts(texts);
  const id = useId();
  const save = useSaveMemory(workspace);
  const { data: known = [] } = useQuery(tagsQuery(workspace));
  const [draft, setDraft] = useState({
    title: memory?.title ?? "",
    content: memory?.content ?? "",
    tags: memory?.tags ?? [],
    from: toDay(memory?.valid_from),
    until: toDay(memory?.valid_until),
  });
  const [view, setView] = useState<(typeof VIEWS)[number]>("write");
  const [tried, setTried] = useState(false);
  const change = (next: Partial<typeof draft>) => setDraft({ ...draft, ...next });
  const wrong = fieldErrors(save.error);
  const empty = tried && draft.content.trim() === "" ? t.required : undefined;

  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    setTried(true);
    if (draft.content.trim() === "" || save.isPending) return;
    save.mutate(
      {
        id: memory?.id,
        etag,
        draft: {
          title: draft.title.trim() || undefined,
          content: draft.content,
          tags: draft.tags,
          valid_from: fromDay(draft.from, false),
          valid_until: fromDay(draft.until, true),
        },
      },
      { onSuccess: onSaved },
    );
  };

  return (
    <form
      className="memory-form"
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
          event.preventDefault();
          submit();
        }
      }}
    >
      <Field
        label={t.name}
        hint={t.nameHint}
        error={wrong.title}
        value={draft.title}
        maxLength={200}
        // Somebody has just asked to write.
        autoFocus
        onChange={(event) => change({ title: event.target.value })}
      />
      <div className="memory-text">
        <Segments
          label={t.text}
          options={VIEWS}
          labels={{ write: t.write, preview: t.preview }}
          value={view}
          onChoose={setView}
        />
        {view === "write" ? (
          <Frame id={id} label={t.text} hint={t.textHint} error={wrong.content ?? empty}>
            <textarea
              id={id}
              rows={12}
              {...described(id, t.textHint, wrong.content ?? empty)}
              value={draft.content}
              maxLength={100_000}
              onChange={(event) => change({ content: event.target.value })}
            />
          </Frame>
        ) : (
          <div className="memory-preview">
            {draft.content.trim() ? <Markdown text={draft.content} /> : <p className="hint">{t.nothingYet}</p>}
          </div>
        )}
      </div>
      <TagsField
        label={t.tags}
        tags={draft.tags}
        known={known.map(({ tag }) => tag)}
        error={wrong.tags}
        onChange={(tags) => change({ tags })}
      />
      <fieldset className="memory-valid">
        <legend className="sr-only">{t.validity}</legend>
        <Field
          type="date"
          label={t.validFrom}
          hint={t.validHint}
          error={wrong.valid_from}
          value={draft.from}
          max={draft.until || undefined}
          onChange={(event) => change({ from: event.target.value })}
        />
        <Field
          type="date"
          label={t.validUntil}
          hint={t.validHint}
          error={wrong.valid_until}
          value={draft.until}
          min={draft.from || undefined}
          onChange={(event) => change({ until: event.target.value })}
        />
      </fieldset>
      <FormFoot error={save.error} beside={wrong} busy={save.isPending} onCancel={onCancel} />
    </form>
  );
}
