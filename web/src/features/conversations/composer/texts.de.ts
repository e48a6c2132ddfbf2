import { number } from "../../../i18n/format";
import type { Texts } from "./texts";

const de: Texts = {
  message: "Nachricht",
  placeholder: "Fragen Sie, was Sie möchten",
  send: "Senden",
  sendWith: (keys) => `Senden (${keys})`,
  stop: "Anhalten",
  stopWith: (keys) => `Diese Antwort anhalten (${keys})`,
  stopping: "Wird angehalten …",
  hint: (sends, line) => `${sends} sendet, ${line} beginnt eine Zeile`,
  focus: "Nachricht schreiben",
  group: "Im Nachrichtenfeld",
  line: "Neue Zeile beginnen",
  recall: "Ihre letzte Frage zurückholen, wenn das Feld leer ist",
  empty: "Schreiben Sie etwas, um es zu senden",
  busy: "Warten Sie, bis die letzte Nachricht unterwegs ist",
  noModel: "Kein Modell ist verfügbar. Die Liste der Modelle zeigt, warum.",
  uploading: "Warten Sie, bis die Dateien hochgeladen sind",
  chars: (count, max) => `${number(count)} von ${number(max)} Zeichen`,
  over: "Zu lang zum Senden: bitte kürzen",
  headline: "Worüber denken wir nach?",
  lead: "Die Antwort entsteht auch, während Sie weg sind. Sie finden sie später auf jedem Gerät.",
  local: (model) =>
    `Ein kleines Modell steht bereit: ${model} läuft direkt hier, ohne Schlüssel und ohne einen anderen Dienst.`,
  larger: "Anbieterschlüssel für größere Modelle hinzufügen",
  starters: [
    {
      title: "Eine Nachricht beantworten",
      text: "Hilf mir, diese Nachricht freundlich und kurz zu beantworten.\n\n",
    },
    {
      title: "Einen Text zusammenfassen",
      text: "Fasse diesen Text in fünf Punkten zusammen und sag mir dann, was er offenlässt.\n\n",
    },
    {
      title: "Eine Entscheidung durchdenken",
      text: "Hilf mir bei einer Entscheidung. Frag mich zuerst, was du wissen musst, eine Frage nach der anderen. Es geht um ",
    },
    {
      title: "Einen Fehler im Code finden",
      text: "Finde den Fehler in diesem Code, erkläre ihn und zeig mir die kleinste Änderung, die ihn behebt.\n\n",
    },
  ],
  nothingYet: "Hier wurde noch nichts geschrieben.",
};

export default de;
