/** One budget: whose it is, how much of it is spent, and what follows. */
import type { Budget } from "../../api/types";
import { ago, date, money } from "../../i18n/format";
import { Meter } from "../../ui/charts/meter";
import { Icon } from "../../ui/icons";
import type { Texts } from "./texts";

export const whoseOf = (budget: Budget, t: Texts) => budget.subject ?? t.scopes[budget.scope];

interface BudgetRowProps {
  budget: Budget;
  t: Texts;
  /** Absent for those who may only look. */
  onChange?: () => void;
  onRemove?: () => void;
}

export function BudgetRow({ budget, t, onChange, onRemove }: BudgetRowProps) {
  const whose = `${whoseOf(budget, t)}, ${t.periods[budget.period]}`;
  const { reserved_micros, when_spent, cheaper_model, cheaper_from_percent } = budget;
  const policy =
    when_spent === "cheaper" ? t.policies.cheaper(cheaper_model ?? "", cheaper_from_percent) : t.policies[when_spent];
  const notes = [
    ...(reserved_micros > 0 ? [t.promised(money(reserved_micros))] : []),
    policy,
    budget.period === "day" ? t.anew(ago(budget.resets_at)) : t.anewOn(date(budget.resets_at)),
  ];
  return (
    <li>
      <span className="row-icon">
        <Icon name="gauge" />
      </span>
      <div className="row-main">
        <p className="row-line">
          <span className="row-title">{whoseOf(budget, t)}</span>
          {budget.subject && <span className="badge">{t.scopes[budget.scope]}</span>}
          <span className="badge">{t.periods[budget.period]}</span>
          {budget.locked && !onChange && <span className="badge">{t.locked}</span>}
        </p>
        <p className="row-line">
          <SpentMeter budget={budget} whose={whose} t={t} />
        </p>
        <p className="row-note">{notes.join(" · ")}</p>
        {reserved_micros > 0 && <p className="row-note">{t.promisedFor}</p>}
      </div>
      <div className="row-end">
        {onChange && (
          <button type="button" className="button" aria-label={t.changeNamed(whose)} onClick={onChange}>
            {t.change}
          </button>
        )}
        {onRemove && (
          <button type="button" className="button" aria-label={t.removeNamed(whose)} onClick={onRemove}>
            {t.remove}
          </button>
        )}
      </div>
    </li>
  );
}

interface SpentMeterProps {
  budget: Budget;
  whose: string;
  t: Texts;
}

export function SpentMeter({ budget: { spent_micros, limit_micros }, whose, t }: SpentMeterProps) {
  return (
    <Meter label={t.spent(whose)} value={spent_micros} budget={limit_micros}>
      {t.of(money(spent_micros), money(limit_micros))}
    </Meter>
  );
}
