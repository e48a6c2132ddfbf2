/** The words of the shared components. */
import { catalogue } from "../i18n/catalogue";

const en = {
  close: "Close",
  cancel: "Cancel",
  save: "Save",
  saving: "Saving…",
  saved: "Saved",
  loading: "Loading…",
  tryAgain: "Try again",
  copy: "Copy",
  copied: "Copied",
  notCopied: "Not copied",
  lost: "Connection lost. Trying again…",
  required: "required",
  show: "Show",
  hide: "Hide",
  showPassword: "Show password",
  hidePassword: "Hide password",
  strength: ["Too short", "Short", "Good", "Strong"],
  // What is printed on them. Here, because these words are there before the first paint: no component waits for the name of a key.
  keys: { ctrl: "Ctrl", shift: "Shift", delete: "Del" },
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./texts.de"));
