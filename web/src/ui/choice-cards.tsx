/** One of a few, each with room to say what it means: radio buttons that look like cards. Takes effect when chosen. */
import { type ReactNode, useId } from "react";
import "./choice-cards.css";

export interface Choice<V extends string> {
  value: V;
  label: string;
  /** What follows from it. */
  note?: ReactNode;
  /** A picture above the words. */
  picture?: ReactNode;
}

interface ChoiceCardsProps<V extends string> {
  /** The question, which the group is named after. */
  label: string;
  hint?: ReactNode;
  choices: readonly Choice<V>[];
  value: V;
  /** `row` puts short ones beside each other. */
  layout?: "column" | "row";
  disabled?: boolean;
  onChoose: (value: V) => void;
}

export function ChoiceCards<V extends string>(props: ChoiceCardsProps<V>) {
  const { label, hint, choices, value, layout = "column", disabled, onChoose } = props;
  const name = useId();
  return (
    <fieldset className="choices" aria-describedby={hint ? `${name}-hint` : undefined}>
      <legend>{label}</legend>
      {hint && (
        <p id={`${name}-hint`} className="hint">
          {hint}
        </p>
      )}
      <div className={`choice-cards ${layout}`}>
        {choices.map((choice) => (
          <label key={choice.value} className="choice-card">
            {choice.picture}
            <span className="choice-line">
              <input
                type="radio"
                name={name}
                value={choice.value}
                checked={choice.value === value}
                disabled={disabled}
                aria-describedby={choice.note ? `${name}-${choice.value}` : undefined}
                onChange={() => onChoose(choice.value)}
              />
              <span className="choice-label">{choice.label}</span>
            </span>
            {choice.note && (
              // Described by it, not named after it: the name stays short.
              <span id={`${name}-${choice.value}`} className="choice-note" aria-hidden="true">
                {choice.note}
              </span>
            )}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
