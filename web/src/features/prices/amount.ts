/** Prices of a million tokens, as they are typed and as they are read. Pure. */
import { kept } from "../../i18n/format";

const MICROS = 1_000_000;
/** What the server takes at most, in units. */
export const AMOUNT_MAX = 1_000_000;

/** An amount in units as millionths of one; undefined when it is none. A comma divides as well as a point. */
export function readAmount(text: string): number | undefined {
  const amount = Number(text.trim().replace(",", "."));
  return text.trim() !== "" && amount >= 0 && amount <= AMOUNT_MAX ? Math.round(amount * MICROS) : undefined;
}

export function typedAmount(micros: number): string {
  return String(micros / MICROS);
}

/** With all its digits: 0.075 is not 0.08, and it is paid a million times. */
export function amount(micros: number): string {
  const digits = { minimumFractionDigits: 2, maximumFractionDigits: 6 };
  return kept(
    "amount of a price",
    (tag) => new Intl.NumberFormat(tag, { style: "currency", currency: "USD", ...digits }),
  ).format(micros / MICROS);
}
