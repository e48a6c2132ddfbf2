/** Sets a budget or changes one. Loaded on demand. */
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type { Budget, Workspace } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Dialog } from "../../ui/dialog";
import { Field, Select } from "../../ui/field";
import { FormFoot } from "../../ui/form-foot";
import { NumberField } from "../../ui/number-field";
import {
  AMOUNT_MAX,
  bodyOf,
  type Draft,
  draftOf,
  emptyDraft,
  faultsOf,
  forPeriod,
  type Period,
  type Scope,
  type WhenSpent,
} from "./draft";
import { chatModelsQuery, useCreateBudget, useUpdateBudget } from "./queries";
import { texts } from "./texts";

/** An API key, and the budgets that it has: one for each period at most. */
interface BudgetedKey {
  id: string;
  name: string;
  budgets: readonly Budget[];
}

interface BudgetDialogProps {
  /** The one to change; absent for a new one. */
  budget?: Budget;
  /** For this one: what is chosen is the period, of a budget that there is or of a new one. */
  apiKey?: BudgetedKey;
  workspace: Workspace;
  all: boolean;
  onClose: () => void;
}

export default function BudgetDialog({ budget: given, apiKey, workspace, all, onClose }: BudgetDialogProps) {
  const t = useTexts(texts);
  const create = useCreateBudget();
  const update = useUpdateBudget();
  const [draft, setDraft] = useState<Draft>(() => {
    const budget = given ?? apiKey?.budgets[0];
    if (budget) return draftOf(budget);
    if (apiKey) return emptyDraft("key", apiKey.id);
    return all ? emptyDraft("installation", "") : emptyDraft("workspace", workspace.id);
  });
  const budget = given ?? apiKey?.budgets.find(({ period }) => period === draft.period);
  const sending = budget ? update : create;
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
    <Dialog title={apiKey ? t.titleOf(apiKey.name) : budget ? t.changeTitle : t.create} onClose={onClose}>
      <form onSubmit={submit} noValidate>
        {!budget && !apiKey && all && (
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
        {!given && (
          <Select
            label={t.period}
            value={draft.period}
            onChange={({ target }) => setDraft(forPeriod(draft, target.value as Period, apiKey?.budgets ?? []))}
          >
            <option value="month">{t.month}</option>
            <option value="day">{t.day}</option>
          </Select>
        )}
        <NumberField
          label={t.amount}
          hint={t.amountHint}
          value={draft.amount}
          error={checked && faults.has("amount") ? t.amountWrong(AMOUNT_MAX) : undefined}
          onType={(text) => set({ amount: text })}
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
        <FormFoot
          error={sending.error}
          busy={sending.isPending}
          action={budget ? undefined : t.create}
          onCancel={onClose}
        />
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
      <NumberField
        whole
        label={t.cheaperFrom}
        value={draft.cheaperFrom}
        error={faults.has("cheaperFrom") ? t.percentWrong : undefined}
        onType={(text) => set({ cheaperFrom: text })}
      />
    </>
  );
}
