/**
 * Name and description of a workspace. What is saved names the version it was made from (`If-Match`): when somebody else was
 * faster, nothing is written, nothing typed is lost, and the user chooses between theirs and their own.
 */
import { type FormEvent, useState } from "react";
import { ApiError, explain, fieldErrors } from "../../../api/problem";
import type { Workspace } from "../../../api/types";
import { useTexts } from "../../../i18n/use-texts";
import { Callout } from "../../../ui/callout";
import { Field, TextArea } from "../../../ui/field";
import { showToast } from "../../../ui/toast";
import { useUpdateWorkspace } from "../queries";
import { texts } from "./texts";

const NAME_MAX = 100;
const DESCRIPTION_MAX = 2_000;

interface Draft {
  name: string;
  description: string;
  /** The version that the user began to change. */
  etag: string | null;
}

export function DetailsForm({ read }: { read: { workspace: Workspace; etag: string | null } }) {
  const t = useTexts(texts);
  const update = useUpdateWorkspace(read.workspace.id);
  const [draft, setDraft] = useState<Draft>();
  const { name, description } = draft ?? read.workspace;
  const changed = name !== read.workspace.name || description !== read.workspace.description;
  const overtaken = update.error instanceof ApiError && update.error.code === "precondition_failed";
  const stale = changed && !update.isPending && (overtaken || (draft && draft.etag !== read.etag));

  const change = (part: Partial<Draft>) => setDraft({ name, description, etag: draft?.etag ?? read.etag, ...part });
  const forget = () => {
    setDraft(undefined);
    update.reset();
  };
  const save = (etag: string | null) => {
    if (nameError(t, name) || descriptionError(t, description)) return;
    const done = () => {
      setDraft(undefined);
      showToast({ text: t.saved });
    };
    update.mutate({ name: name.trim(), description: description.trim(), etag }, { onSuccess: done });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save(draft?.etag ?? read.etag);
  };

  const errors = fieldErrors(update.error);
  return (
    <form className="workspace-form" onSubmit={submit} noValidate>
      <Field
        label={t.name}
        value={name}
        required
        maxLength={NAME_MAX}
        error={draft ? (nameError(t, name) ?? errors.name) : undefined}
        onChange={(event) => change({ name: event.target.value })}
      />
      <TextArea
        label={t.description}
        hint={t.descriptionHint}
        value={description}
        error={draft ? (descriptionError(t, description) ?? errors.description) : undefined}
        onChange={(event) => change({ description: event.target.value })}
      />
      {stale ? (
        <Callout
          actions={
            <>
              <button type="button" className="button" onClick={forget}>
                {t.reload}
              </button>
              <button type="button" className="button" onClick={() => save(null)}>
                {t.overwrite}
              </button>
            </>
          }
        >
          {t.stale}
        </Callout>
      ) : (
        update.isError && Object.keys(errors).length === 0 && <Callout tone="danger">{explain(update.error)}</Callout>
      )}
      <div className="actions">
        <button type="submit" className="button primary" disabled={!changed || stale || update.isPending}>
          {update.isPending ? t.saving : t.save}
        </button>
      </div>
    </form>
  );
}

type Words = ReturnType<typeof texts.now>;

function nameError(t: Words, name: string): string | undefined {
  return name.trim() ? undefined : t.nameMissing;
}

function descriptionError(t: Words, description: string): string | undefined {
  return description.trim().length > DESCRIPTION_MAX ? t.descriptionLong : undefined;
}
