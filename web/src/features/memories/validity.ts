/** For which time a memory holds, as the page says it: by days of the reader's own clock. Pure. */

interface Valid {
  valid_from?: string | null;
  valid_until?: string | null;
}

/** `limited`: it holds now, and will not for ever. */
export function validityOf(
  { valid_from, valid_until }: Valid,
  now: number = Date.now(),
): "always" | "limited" | "past" | "future" {
  if (valid_until && Date.parse(valid_until) < now) return "past";
  if (valid_from && Date.parse(valid_from) > now) return "future";
  return valid_until ? "limited" : "always";
}

/** The time at which a day begins, or ends. */
export function fromDay(day: string, end: boolean): string | null {
  if (!day) return null;
  return new Date(`${day}T${end ? "23:59:59" : "00:00:00"}`).toISOString();
}

/** The day of a time, as a date field has it. */
export function toDay(time: string | null | undefined): string {
  if (!time) return "";
  const date = new Date(time);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
