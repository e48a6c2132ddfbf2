/** The words of the alerts' settings. */
import { catalogue } from "../../i18n/catalogue";
import { number } from "../../i18n/format";
import type { Bound } from "./bounds";

const en = {
  title: "Alerts",
  about: "When administrators are told that something is wrong.",
  watch: "Watch this installation",
  watchHint: "Slow answers, failures, a full database, memory and processor.",
  bounds: {
    response_ms: { label: "Slow answers from (milliseconds)", hint: "More than one in twenty answers of a route." },
    error_percent: { label: "Failed requests (percent)", hint: "Requests that failed through no fault of the caller." },
    requests_min: { label: "Requests to judge by", hint: "With fewer in a window, neither of the two is judged." },
    pool_waiting: { label: "Waiting for the database", hint: "Callers that wait throughout a window." },
    memory_percent: { label: "Memory (percent)", hint: "Of the container, or of the machine." },
    cpu_percent: { label: "Processor (percent)", hint: "Of the container, or of the machine." },
    window_seconds: { label: "Window (seconds)", hint: "How long it has to last, and how long it has to be over." },
  } as Record<Bound, { label: string; hint: string }>,
  between: (least: number, most: number, whole: boolean) =>
    `Use a ${whole ? "whole number" : "number"} from ${number(least)} to ${number(most)}.`,
  saveBounds: "Save bounds",
  webhook: "Webhook",
  webhookAbout: "Each alert is posted there as JSON when it opens and when it is over.",
  address: "Address",
  addressHint: "For instance of a chat or an on-call service. It is shown shortened once it is saved.",
  addressNow: (address: string) => `Now: ${address}`,
  addressWrong: "Write a whole address that begins with https:// or http://.",
  saveAddress: "Save address",
  removeAddress: "Remove",
  test: "Send a test",
  testing: "Sending…",
  works: (status: number, ms: string) => `The receiver answered with ${status} after ${ms}.`,
  fails: (status: number) => `The receiver answered with ${status}.`,
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./alert-texts.de"));
