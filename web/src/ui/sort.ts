/** The order of the rows of a table of measurements. */

export interface Order {
  column: string;
  descending: boolean;
}

/** What a row is sorted by; nothing measured is last, whichever way round. */
export type SortValue = number | string | null | undefined;

export function sorted<R>(rows: readonly R[], by: (row: R) => SortValue, descending: boolean): R[] {
  const sign = descending ? -1 : 1;
  return [...rows].sort((one, other) => {
    const [a, b] = [by(one) ?? null, by(other) ?? null];
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    if (typeof a === "string" && typeof b === "string") return sign * a.localeCompare(b);
    return sign * (Number(a) - Number(b));
  });
}

/** The order after a click on a heading: the other way round, or anew with what is most telling first. */
export function turned(order: Order, column: string, numeric: boolean): Order {
  if (order.column === column) return { column, descending: !order.descending };
  return { column, descending: numeric };
}
