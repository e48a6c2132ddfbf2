/** A budget as somebody types it. Pure. */
import type { Budget, CreateBudget } from "../../api/types";

export type Scope = Budget["scope"];
export type Period = Budget["period"];
export type WhenSpent = Budget["when_spent"];

const MICROS = 1_000_000;
/** What the server takes at most, in units. */
export const AMOUNT_MAX = 1_000_000_000;

export interface Draft {
  scope: Scope;
  subject: string;
  period: Period;
  amount: string;
  whenSpent: WhenSpent;
  cheaperModel: string;
  cheaperFrom: string;
}

export const emptyDraft = (scope: Scope, subject: string): Draft => ({
  scope,
  subject,
  period: "month",
  amount: "",
  whenSpent: "refuse",
  cheaperModel: "",
  cheaperFrom: "80",
});

export const draftOf = (budget: Budget): Draft => ({
  scope: budget.scope,
  subject: budget.subject_id ?? "",
  period: budget.period,
  amount: String(budget.limit_micros / MICROS),
  whenSpent: budget.when_spent,
  cheaperModel: budget.cheaper_model ?? "",
  cheaperFrom: String(budget.cheaper_from_percent),
});

/** The draft for another period: of the budget that the same subject has for it, else as it was typed. */
export function forPeriod(draft: Draft, period: Period, known: readonly Budget[]): Draft {
  const found = known.find((budget) => budget.period === period);
  return found ? draftOf(found) : { ...draft, period };
}

/** An amount in units as millionths of one; undefined when it is none. A comma divides as well as a point. */
export function readAmount(text: string): number | undefined {
  const amount = Number(text.trim().replace(",", "."));
  return text.trim() !== "" && amount >= 0 && amount <= AMOUNT_MAX ? Math.round(amount * MICROS) : undefined;
}

/** Percent, 1 to 100. */
export function readPercent(text: string): number | undefined {
  const percent = Number(text.trim());
  return text.trim() !== "" && Number.isInteger(percent) && percent >= 1 && percent <= 100 ? percent : undefined;
}

export type Fault = "subject" | "amount" | "cheaperModel" | "cheaperFrom";

/** The fields that can not be sent as they are. */
export function faultsOf(draft: Draft): Set<Fault> {
  const cheaper = draft.whenSpent === "cheaper";
  const faults: [Fault, boolean][] = [
    ["subject", draft.scope === "user" && draft.subject.trim() === ""],
    ["amount", readAmount(draft.amount) === undefined],
    ["cheaperModel", cheaper && draft.cheaperModel === ""],
    ["cheaperFrom", cheaper && readPercent(draft.cheaperFrom) === undefined],
  ];
  return new Set(faults.filter(([, wrong]) => wrong).map(([fault]) => fault));
}

/** What is sent for a draft without faults. */
export function bodyOf(draft: Draft): CreateBudget {
  const cheaper = draft.whenSpent === "cheaper";
  return {
    scope: draft.scope,
    subject: draft.scope === "installation" ? null : draft.subject.trim(),
    period: draft.period,
    limit_micros: readAmount(draft.amount) ?? 0,
    when_spent: draft.whenSpent,
    cheaper_model: cheaper ? draft.cheaperModel : null,
    cheaper_from_percent: cheaper ? readPercent(draft.cheaperFrom) : undefined,
  };
}
