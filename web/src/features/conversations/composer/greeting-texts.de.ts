import type { Texts } from "./greeting-texts";

const de: Texts = {
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
