/** Changing a connection, in its row. What is left as it is is not sent; the key above all. */
import { type FormEvent, useEffect, useRef, useState } from "react";
import type { Connection } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { FormFoot } from "../../ui/form-foot";
import { ConnectionFields, fieldSentences } from "./connection-fields";
import { type Draft, draftOf, faultsOf, updateBody } from "./draft";
import type { Preset } from "./providers";
import { useUpdateConnection } from "./queries";
import { texts } from "./texts";

interface EditFormProps {
  connection: Connection;
  preset: Preset;
  workspace: string;
  taken: ReadonlySet<string>;
  onClose: () => void;
  onSaved: () => void;
}

export function EditForm({ connection, preset, workspace, taken, onClose, onSaved }: EditFormProps) {
  const t = useTexts(texts);
  const form = useRef<HTMLFormElement>(null);
  const update = useUpdateConnection(workspace);
  const [draft, setDraft] = useState<Draft>(() => draftOf(connection));
  // What is stored may lack what a new one needs: a server without an address is the provider's usual one.
  const faults = faultsOf(draft, { ...preset, address: false }, taken, connection);
  const errors = fieldSentences(t, faults, update.error);
  const body = updateBody(draft, connection);

  // The menu that opened it gives the focus back to its button first.
  useEffect(() => {
    const later = requestAnimationFrame(() => form.current?.querySelector("input")?.focus());
    return () => cancelAnimationFrame(later);
  }, []);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (Object.keys(faults).length > 0) return;
    if (Object.keys(body).length === 0) onClose();
    else update.mutate({ id: connection.id, ...body }, { onSuccess: onSaved });
  };
  return (
    <form ref={form} className="connection-form edit" aria-label={t.edit(connection.name)} onSubmit={submit} noValidate>
      <ConnectionFields
        draft={draft}
        preset={preset}
        scope={connection.scope}
        before={connection}
        errors={errors}
        taken={taken}
        onChange={(part) => {
          setDraft({ ...draft, ...part });
          if (update.isError) update.reset();
        }}
      />
      <FormFoot error={update.error} beside={errors} busy={update.isPending} onCancel={onClose} />
    </form>
  );
}
