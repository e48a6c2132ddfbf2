import { number } from "../../i18n/format";
import type { Texts } from "./retention-texts";

const days = (count: number) => (count === 1 ? "1 Tag" : `${number(count)} Tage`);
const daysSince = (count: number) => (count === 1 ? "1 Tag" : `${number(count)} Tagen`);

const de: Texts = {
  title: "Wie lange etwas behalten wird",
  about: "In Tagen. Was älter ist, wird innerhalb einer Stunde endgültig gelöscht.",
  forever: "Für immer",
  kept: {
    conversation_days: {
      label: "Unterhaltungen",
      hint: "Nach der letzten Nachricht darin. Angeheftete bleiben.",
      deleted: (count) =>
        `Unterhaltungen, in denen seit ${daysSince(count)} nichts geschehen ist, mit ihren Nachrichten. Angeheftete bleiben.`,
    },
    usage_days: {
      label: "Aufrufe von Modellen",
      hint: "Weiter zurück sind Verbrauch und Kosten nicht zu sehen.",
      deleted: (count) => `Was von Aufrufen von Modellen bekannt und älter als ${days(count)} ist.`,
    },
    audit_days: {
      label: "Protokoll",
      hint: "Was die Administration geändert hat.",
      deleted: (count) => `Einträge des Protokolls, die älter als ${days(count)} sind.`,
    },
  },
  between: (most) => `Eine ganze Zahl von Tagen von 1 bis ${number(most)}, oder nichts`,
  save: "Speichern",
  askTitle: "Löschen, was älter ist?",
  askText: "Von jetzt an wird in allen Arbeitsbereichen gelöscht, was nur noch aus einer Sicherung zurückzuholen ist:",
  askAction: "Nicht länger behalten",
};

export default de;
