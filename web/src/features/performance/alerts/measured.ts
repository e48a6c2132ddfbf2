/** What an alert has measured, in the words of its kind. */
import type { Alert } from "../../../api/types";
import { number } from "../../../i18n/format";
import { share, took } from "../../../i18n/format-measures";
import type { Texts } from "./texts";

export function measured(value: number, unit: Alert["unit"], t: Texts): string {
  if (unit === "milliseconds") return took(value);
  if (unit === "percent") return share(value / 100);
  return t.callers(number(Math.round(value)));
}

/** Open ones that nobody has taken note of yet: only those are worth a banner. */
export function pressing(alerts: readonly Alert[]): Alert[] {
  return alerts.filter((alert) => !alert.closed_at && !alert.acknowledged_at);
}
