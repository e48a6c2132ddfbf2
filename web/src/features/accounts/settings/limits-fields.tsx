/** The fields for what limits an API key: which models, how often, how much and how many at once. */
import { useTexts } from "../../../i18n/use-texts";
import { Field } from "../../../ui/field";
import { NumberField } from "../../../ui/number-field";
import { faultyRates, RATE_MAX, RATES, type TypedLimits } from "./key-limits";
import { texts } from "./key-texts";

interface LimitsFieldsProps {
  typed: TypedLimits;
  /** Faults are shown from the first attempt to send on. */
  checked: boolean;
  /** What the server has said of single fields. */
  refused: Record<string, string | undefined>;
  onType: (typed: TypedLimits) => void;
}

export function LimitsFields({ typed, checked, refused, onType }: LimitsFieldsProps) {
  const t = useTexts(texts);
  const faults = faultyRates(typed);
  const models = Object.entries(refused).find(([field]) => field.startsWith("models"))?.[1];
  return (
    <div className="key-limits">
      <Field
        label={t.models}
        hint={t.modelsHint}
        placeholder={t.allModels}
        error={models}
        spellCheck={false}
        autoCapitalize="none"
        value={typed.models}
        onChange={({ target }) => onType({ ...typed, models: target.value })}
      />
      <div className="key-rates">
        {RATES.map((rate) => (
          <NumberField
            whole
            key={rate}
            label={t.rates[rate]}
            placeholder={t.unlimited}
            error={checked && faults.has(rate) ? t.between(RATE_MAX[rate]) : refused[rate]}
            value={typed[rate]}
            onType={(text) => onType({ ...typed, [rate]: text })}
          />
        ))}
      </div>
    </div>
  );
}
