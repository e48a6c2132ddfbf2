/** Entries of the audit log as one reads them. Pure. */
import { dateTime } from "../../i18n/format";
import type { Texts } from "./audit-texts";

/** `<kind of thing>.<what was done>` in words; as it is where a newer server has a word that this page does not know. */
export function titleOf(action: string, t: Pick<Texts, "kinds" | "verbs">): string {
  const [kind = "", verb = ""] = action.split(".");
  const [known, done] = [t.kinds[kind], t.verbs[verb]];
  return known && done ? `${known}: ${done}` : action;
}

interface FieldChange {
  field: string;
  /** Undefined where nothing was before; empty where it was empty. */
  from: string | undefined;
  to: string;
  /** It is not told: keys, passwords. */
  secret: boolean;
}

/**
 * What changed, field by field; fields with fields of their own are taken apart. Those that stayed are left out, and those of
 * something new that say nothing.
 */
export function changesOf(detail: unknown): FieldChange[] {
  return fieldsOf(detail).filter(({ from, to, secret }) => secret || from !== undefined || to !== "");
}

function fieldsOf(detail: unknown): FieldChange[] {
  if (!isRecord(detail)) return [];
  return Object.entries(detail).flatMap(([field, change]) => {
    if (!isRecord(change)) return [];
    const secret = !("to" in change) && !("from" in change);
    const { from, to } = change;
    if (isRecord(to) && (isRecord(from) || from === undefined)) return inside(field, from ?? {}, to, "from" in change);
    return { field, from: "from" in change ? said(from) : undefined, to: said(to), secret };
  });
}

function inside(field: string, from: Record<string, unknown>, to: Record<string, unknown>, before: boolean) {
  return Object.entries(to).flatMap(([name, value]) => {
    const [was, is] = [said(from[name]), said(value)];
    return before && was === is
      ? []
      : { field: `${field}.${name}`, from: before ? was : undefined, to: is, secret: false };
  });
}

function said(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map(said).join(value.some(isRecord) ? "; " : ", ");
  if (isRecord(value)) return fieldsIn(value);
  return typeof value === "string" && TIME.test(value) ? dateTime(value) : String(value);
}

/** A target of a route and the like, in a line. */
function fieldsIn(value: Record<string, unknown>): string {
  const told = Object.entries(value).filter(([, each]) => said(each) !== "");
  return told.map(([name, each]) => `${name} ${said(each)}`).join(", ");
}

/** As the API writes times. */
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
