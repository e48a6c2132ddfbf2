/** What is wrong with what was typed on the way in: before it is sent, and as the server sees it. */
import { ApiError, explain, fieldErrors } from "../../api/problem";
import { duration } from "../../i18n/format";
import { looksLikeEmail, PASSWORD_CHARS_MIN } from "../../ui/password";
import type { Texts } from "./enter-texts";
import type { Credentials } from "./queries";

export type FieldFaults = Partial<Record<"name" | "email" | "password", string>>;

/** Faults that need no server to be seen. An old password may have been made under other rules. */
export function check(typed: Credentials, registering: boolean, t: Texts): FieldFaults {
  const faults: FieldFaults = {};
  if (registering && !typed.name) faults.name = t.nameMissing;
  if (!looksLikeEmail(typed.email)) faults.email = t.emailWrong;
  if (!typed.password) faults.password = t.passwordMissing;
  else if (registering && [...typed.password].length < PASSWORD_CHARS_MIN) faults.password = t.passwordShort;
  return faults;
}

/** The server's refusal, at the fields it concerns, else as a sentence above them. */
export function refusal(error: unknown, t: Texts): { fields: FieldFaults; sentence?: string } {
  if (error instanceof ApiError) {
    if (error.code === "already_exists") return { fields: { email: t.emailTaken } };
    if (error.code === "forbidden") return { fields: {}, sentence: t.notAllowed };
    if (error.code === "rate_limited") {
      const wait = error.retryAfterMs;
      return { fields: {}, sentence: wait ? t.tooMany(duration(wait)) : t.tooManySoon };
    }
  }
  const fields = fieldErrors(error);
  return Object.keys(fields).length ? { fields } : { fields: {}, sentence: explain(error) };
}
