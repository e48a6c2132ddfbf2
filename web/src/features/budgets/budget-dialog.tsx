/** Sets a budget or changes one. Loaded on demand. */
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { explain } from "../../api/problem";
import type { Budget, Workspace } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Callout } from "../../ui/callout";
import { Actions, Dialog } from "../../ui/dialog";
import { Field, Select } from "../../ui/field";
import { texts as shared } from "../../ui/texts";
import {
  AMOUNT_MAX,
  bodyOf,
  type Draft,
  draftOf,
  emptyDraft,
  faultsOf,
  type Period,
  type Scope,
  type WhenSpent,
} from "./draft";
import { chatModelsQuery, useCreateBudget, useUpdateBudget } from "./queries";
import { texts } from "./texts";

interface BudgetDialogProps {
  /** The one to change; absent for a new one. */
  budget?: Budget;
  workspace: Workspace;
  all: boolean;
  onClose: () => void;
}

export default function BudgetDialog({ budget, workspace, all, onClose }: BudgetDialogProps) {
  const t = useTexts(texts);
  const words = useTexts(shared);
  const create = useCreateBudget();
  const update = useUpdateBudget();
  const sending = budget ? update : create;
  const [draft, setDraft] = useState<Draft>(() =>
    budget ? draftOf(budget) : all ? emptyDraft("installation", "") : emptyDraft("workspace", workspace.id),
  );
  const [checked, setChecked] = useState(false);
  const faults = faultsOf(draft);
  const set = (change: Partial<Draft>) => setDraft({ ...draft, ...change });

  const submit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (faults.size > 0) return;
    const { scope: _, subject: __, period: ___, ...change } = bodyOf(draft);
    const changed = { ...change, cheaper_model: change.cheaper_model ?? null };
    if (budget) update.mutate({ id: budget.id, change: changed }, { onSuccess: onClose });
    else create.mutate(bodyOf(draft), { onSuccess: onClose });
  };
  return (
    <Dialog title={budget ? t.changeTitle : t.create} onClose={onClose}>
      <form onSubmit={submit} noValidate>
        {!budget && all && (
          <Select
            label={t.scope}
            value={draft.scope}
            onChange={({ target }) => set({ scope: target.value as Scope, subject: "" })}
          >
            <option value="installation">{t.everybody}</option>
            <option value="user">{t.person}</option>
          </Select>
        )}
        {!budget && draft.scope === "user" && (
          <Field
            type="email"
            label={t.email}
            value={draft.subject}
            error={checked && faults.has("subject") ? t.emailMissing : undefined}
            onChange={({ target }) => set({ subject: target.value })}
          />
        )}
        {!budget && (
          <Select
            label={t.period}
            value={draft.period}
            onChange={({ target }) => set({ period: target.value as Period })}
          >
            <option value="month">{t.month}</option>
            <option value="day">{t.day}</option>
          </Select>
        )}
        <Field
          inputMode="decimal"
          label={t.amount}
          hint={t.amountHint}
          value={draft.amount}
          error={checked && faults.has("amount") ? t.amountWrong(AMOUNT_MAX) : undefined}
          onChange={({ target }) => set({ amount: target.value })}
        />
        <Select
          label={t.whenSpent}
          value={draft.whenSpent}
          onChange={({ target }) => set({ whenSpent: target.value as WhenSpent })}
        >
          {(Object.keys(t.choices) as WhenSpent[]).map((choice) => (
            <option key={choice} value={choice}>
              {t.choices[choice]}
            </option>
          ))}
        </Select>
        {draft.whenSpent === "cheaper" && (
          <Cheaper draft={draft} workspace={workspace} faults={checked ? faults : new Set()} set={set} />
        )}
        {sending.isError && <Callout tone="danger">{explain(sending.error)}</Callout>}
        <Actions>
          <button type="button" className="button" onClick={onClose}>
            {words.cancel}
          </button>
          <button type="submit" className="button primary" disabled={sending.isPending}>
            {budget ? words.save : t.create}
          </button>
        </Actions>
      </form>
    </Dialog>
  );
}

interface CheaperProps {
  draft: Draft;
  workspace: Workspace;
  faults: ReturnType<typeof faultsOf>;
  set: (change: Partial<Draft>) => void;
}

function Cheaper({ draft, workspace, faults, set }: CheaperProps) {
  const t = useTexts(texts);
  const { data: models = [] } = useQuery(chatModelsQuery(workspace.id));
  const names = models.map((model) => model.id);
  // One that is not there at the moment stays what it is.
  if (draft.cheaperModel && !names.includes(draft.cheaperModel)) names.unshift(draft.cheaperModel);
  return (
    <>
      <Select
        label={t.cheaperModel}
        hint={t.cheaperHint}
        value={draft.cheaperModel}
        error={faults.has("cheaperModel") ? t.modelMissing : undefined}
        onChange={({ target }) => set({ cheaperModel: target.value })}
      >
        <option value="">{t.choose}</option>
        {names.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </Select>
      <Field
        inputMode="numeric"
        label={t.cheaperFrom}
        value={draft.cheaperFrom}
        error={faults.has("cheaperFrom") ? t.percentWrong : undefined}
        onChange={({ target }) => set({ cheaperFrom: target.value })}
      />
    </>
  );
}
