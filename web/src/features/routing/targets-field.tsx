/** The models of a route in their order. What another owner has can not be chosen; one that is not there any more stays until it is. */
import type { Model } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Icon } from "../../ui/icons";
import { Sortable } from "../../ui/sortable";
import { type Draft, type FieldName, moved, newTarget, TARGETS_MAX, type TargetDraft } from "./draft";
import { texts } from "./texts";

interface TargetsFieldProps {
  draft: Draft;
  /** What may be chosen. */
  choices: readonly Model[];
  errors: Partial<Record<FieldName, string>>;
  /** Each with a time limit of its own. */
  timed: boolean;
  onChange: (targets: TargetDraft[]) => void;
}

const keyOf = ({ key }: TargetDraft) => key;

export function TargetsField({ draft, choices, errors, timed, onChange }: TargetsFieldProps) {
  const t = useTexts(texts);
  const { targets } = draft;
  const nameOf = ({ model }: TargetDraft) => model || t.aModel;
  const set = (key: number, change: Partial<TargetDraft>) =>
    onChange(targets.map((each) => (each.key === key ? { ...each, ...change } : each)));
  return (
    <fieldset className="targets">
      <legend>{t.targets}</legend>
      {draft.strategy === "order" && targets.length > 1 && <p className="hint">{t.targetsHint}</p>}
      <Sortable
        label={t.targets}
        items={targets}
        keyOf={keyOf}
        nameOf={nameOf}
        onMove={(from, to) => onChange(moved(targets, from, to))}
      >
        {(target, index) => (
          <>
            <TargetFields
              {...{ draft, choices, errors, timed, target, index }}
              name={nameOf(target)}
              set={(change) => set(target.key, change)}
            />
            <button
              type="button"
              className="button quiet icon-only"
              aria-label={t.removeTarget(nameOf(target))}
              title={t.removeTarget(nameOf(target))}
              onClick={() => onChange(targets.filter(({ key }) => key !== target.key))}
            >
              <Icon name="close" />
            </button>
          </>
        )}
      </Sortable>
      {errors.targets && (
        <span className="wrong" role="alert">
          {errors.targets}
        </span>
      )}
      {targets.length < TARGETS_MAX && (
        <div>
          <button type="button" className="button" onClick={() => onChange([...targets, newTarget("")])}>
            <Icon name="plus" />
            {t.add}
          </button>
        </div>
      )}
    </fieldset>
  );
}

interface TargetFieldsProps extends Omit<TargetsFieldProps, "onChange"> {
  target: TargetDraft;
  index: number;
  name: string;
  set: (change: Partial<TargetDraft>) => void;
}

function TargetFields({ draft, choices, errors, timed, target, index, name, set }: TargetFieldsProps) {
  const t = useTexts(texts);
  const faults = (["model", "weight", "firstToken"] as const).flatMap(
    (field) => errors[`targets.${index}.${field}`] ?? [],
  );
  const wrong = (field: "model" | "weight" | "firstToken") => ({
    "aria-invalid": errors[`targets.${index}.${field}`] ? true : undefined,
    "aria-describedby": faults.length > 0 ? `target-${target.key}` : undefined,
  });
  const groups = [...new Set(choices.map(({ connection }) => connection))];
  const known = target.model === "" || choices.some(({ id }) => id === target.model);
  return (
    <div className="target field">
      <div className="target-line">
        <select
          aria-label={t.target(index + 1)}
          value={target.model}
          onChange={(event) => set({ model: event.target.value })}
          {...wrong("model")}
        >
          {target.model === "" && <option value="">{t.choose}</option>}
          {!known && <option value={target.model}>{t.gone(target.model)}</option>}
          {groups.map((group) => (
            <optgroup key={group} label={group}>
              {choices
                .filter(({ connection }) => connection === group)
                .map(({ id }) => (
                  // The name in full: closed, the list does not show whose it is.
                  <option key={id}>{id}</option>
                ))}
            </optgroup>
          ))}
        </select>
        {draft.strategy === "weighted" && (
          <input
            className="target-number"
            inputMode="numeric"
            aria-label={t.weightOf(name)}
            title={t.weight}
            placeholder={t.weight}
            value={target.weight}
            onChange={(event) => set({ weight: event.target.value })}
            {...wrong("weight")}
          />
        )}
        {timed && (
          <input
            className="target-number"
            inputMode="decimal"
            aria-label={t.firstTokenOf(name)}
            title={t.firstTokenOf(name)}
            placeholder={t.secondsShort}
            value={target.firstToken}
            onChange={(event) => set({ firstToken: event.target.value })}
            {...wrong("firstToken")}
          />
        )}
      </div>
      {faults.length > 0 && (
        <span id={`target-${target.key}`} className="wrong">
          {faults.join(" ")}
        </span>
      )}
    </div>
  );
}
