/** Makes a route or changes one. Loaded on demand. */
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useRef, useState } from "react";
import { ApiError } from "../../api/problem";
import type { ModelRoute, Workspace } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { ChoiceCards } from "../../ui/choice-cards";
import { Dialog } from "../../ui/dialog";
import { Field } from "../../ui/field";
import { FormFoot } from "../../ui/form-foot";
import { Icon } from "../../ui/icons";
import { showToast } from "../../ui/toast";
import {
  bodyOf,
  changeOf,
  DESCRIPTION_MAX,
  type Draft,
  draftOf,
  emptyDraft,
  type Faults,
  type FieldName,
  faultsOf,
  fieldOf,
  hasMore,
  STRATEGIES,
  TAG_MAX,
} from "./draft";
import { MoreFields } from "./more-fields";
import { choicesOf, connectionsQuery, modelsQuery, useCreateRoute, useUpdateRoute } from "./queries";
import { TargetsField } from "./targets-field";
import { type Texts, texts } from "./texts";

interface RouteDialogProps {
  /** The one to change; absent for a new one. */
  route: ModelRoute | undefined;
  workspace: Workspace;
  scope: ModelRoute["scope"];
  onClose: () => void;
}

export default function RouteDialog({ route, workspace, scope, onClose }: RouteDialogProps) {
  const t = useTexts(texts);
  const form = useRef<HTMLFormElement>(null);
  const { data: models = [] } = useQuery(modelsQuery(workspace.id));
  const { data: connections = [] } = useQuery(connectionsQuery(workspace.id));
  const choices = choicesOf(models, connections, scope);
  const create = useCreateRoute(scope === "workspace" ? workspace.id : undefined);
  const update = useUpdateRoute();
  const sending = route ? update : create;
  const [draft, setDraft] = useState<Draft>(() => (route ? draftOf(route) : emptyDraft()));
  const [unfolded, setUnfolded] = useState(() => hasMore(draft));
  const [checked, setChecked] = useState(false);
  const faults = faultsOf(draft);
  const errors = errorsOf(t, checked ? faults : {}, sending.error);
  const set = (change: Partial<Draft>) => {
    setDraft({ ...draft, ...change });
    if (sending.isError) sending.reset();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (Object.keys(faults).length > 0) {
      if (hasMore(draft)) setUnfolded(true);
      // After the sentences are there.
      requestAnimationFrame(() => form.current?.querySelector<HTMLElement>("[aria-invalid]")?.focus());
      return;
    }
    const onSuccess = () => {
      showToast({ text: t.saved });
      onClose();
    };
    if (route) update.mutate({ id: route.id, change: changeOf(draft, route) }, { onSuccess });
    else create.mutate(bodyOf(draft), { onSuccess });
  };
  return (
    <Dialog title={route ? t.changeTitle(route.model) : t.create} kind="wide" onClose={onClose}>
      <form ref={form} className="route-form" onSubmit={submit} noValidate>
        <NameFields draft={draft} before={route} errors={errors} set={set} />
        <ChoiceCards
          label={t.strategy}
          choices={STRATEGIES.map((value) => ({ value, label: t.strategies[value], note: t.strategyNotes[value] }))}
          value={draft.strategy}
          layout="row"
          onChoose={(strategy) => set({ strategy })}
        />
        <TargetsField
          draft={draft}
          choices={choices}
          errors={errors}
          timed={unfolded}
          onChange={(targets) => set({ targets })}
        />
        <div>
          <button
            type="button"
            className="button quiet unfold"
            aria-expanded={unfolded}
            onClick={() => setUnfolded(!unfolded)}
          >
            <Icon name="chevron" />
            {t.more}
          </button>
        </div>
        {unfolded && <MoreFields scope={scope} draft={draft} errors={errors} set={set} />}
        <FormFoot
          error={sending.error}
          beside={errors}
          busy={sending.isPending}
          action={route ? undefined : t.create}
          onCancel={onClose}
        />
      </form>
    </Dialog>
  );
}

interface NameFieldsProps {
  draft: Draft;
  before: ModelRoute | undefined;
  errors: Partial<Record<FieldName, string>>;
  set: (change: Partial<Draft>) => void;
}

function NameFields({ draft, before, errors, set }: NameFieldsProps) {
  const t = useTexts(texts);
  const name = draft.name.trim();
  const hint = before && name !== before.name ? t.nameChange : name ? t.nameHint(name) : t.nameHintNone;
  return (
    <>
      <div className="route-two">
        <Field
          label={t.name}
          hint={hint}
          error={errors.name}
          maxLength={64}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          value={draft.name}
          onChange={({ target }) => set({ name: target.value })}
        />
        <Field
          label={t.tag}
          hint={t.ruleHint}
          error={errors.tag}
          placeholder={t.tagNone}
          maxLength={TAG_MAX}
          autoComplete="off"
          autoCapitalize="none"
          value={draft.tag}
          onChange={({ target }) => set({ tag: target.value })}
        />
      </div>
      <Field
        label={t.description}
        error={errors.description}
        maxLength={DESCRIPTION_MAX}
        autoComplete="off"
        value={draft.description}
        onChange={({ target }) => set({ description: target.value })}
      />
    </>
  );
}

/** A sentence for each field that is wrong: by the page's own check, else in the words of the server. */
function errorsOf(t: Texts, faults: Faults, error: unknown): Partial<Record<FieldName, string>> {
  const sentences: Partial<Record<FieldName, string>> = {};
  if (error instanceof ApiError)
    for (const { field, message } of error.errors) {
      const name = fieldOf(field);
      if (!name) continue;
      const taken = error.status === 409 && isUnique(name) ? t.taken[name] : undefined;
      sentences[name] = taken ?? message;
    }
  for (const [name, fault] of Object.entries(faults)) if (fault) sentences[name as FieldName] = t.faults[fault];
  return sentences;
}

/** What another route of the same owner may have already. */
function isUnique(name: FieldName): name is "name" | "tag" {
  return name === "name" || name === "tag";
}
