/** The words of how long things are kept. */
import { catalogue } from "../../i18n/catalogue";
import { number } from "../../i18n/format";

const days = (count: number) => (count === 1 ? "1 day" : `${number(count)} days`);

const en = {
  title: "How long things are kept",
  about: "In days. What is older is deleted for good, within the hour.",
  forever: "For ever",
  kept: {
    conversation_days: {
      label: "Conversations",
      hint: "After the last message in them. Pinned ones stay.",
      deleted: (count: number) =>
        `Conversations in which nothing has happened for ${days(count)}, with their messages. Pinned ones stay.`,
    },
    usage_days: {
      label: "Calls of models",
      hint: "Usage and cost can be looked at no further back.",
      deleted: (count: number) => `What is known of calls of models before the last ${days(count)}.`,
    },
    audit_days: {
      label: "Audit log",
      hint: "What administrators did.",
      deleted: (count: number) => `Entries of the audit log before the last ${days(count)}.`,
    },
  },
  between: (most: number) => `A whole number of days from 1 to ${number(most)}, or nothing`,
  save: "Save",
  askTitle: "Delete what is older?",
  askText: "From now on this is deleted in all workspaces, and can not be got back but from a backup:",
  askAction: "Keep no longer",
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./retention-texts.de"));
