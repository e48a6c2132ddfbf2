import { number } from "../../../i18n/format";
import type { Texts } from "./leaderboard-texts";

const de: Texts = {
  title: "Rangliste",
  about:
    "Was die Stimmen dieses Arbeitsbereichs sagen. Wo zwei Linien sich überdecken, unterscheiden die Stimmen noch nicht.",
  tag: "Stimmen mit dem Schlagwort",
  all: "Alle Stimmen",
  none: "Noch keine Stimmen",
  noneWhy: "Vergleichen Sie Modelle und sagen Sie, welche Antwort die beste ist. Daraus wird die Rangliste.",
  chart: "Wertung",
  chartNote: "Der Punkt ist die Wertung, die Linie der Bereich, in dem sie mit 95 % Sicherheit liegt.",
  table: "Zahlen der Modelle",
  model: "Modell",
  rating: "Wertung",
  between: (value, low, high) => `${value} (${low} – ${high})`,
  votes: "Stimmen",
  record: "Gewonnen / gleich / verloren",
  cost: "Kosten je Antwort",
  firstToken: "Erstes Wort nach",
  speed: "Tempo",
  perSecond: (tokens) => `${tokens} Tokens/s`,
  compare: "Neuer Vergleich",
  cheapest: "Gut genug für weniger Geld",
  asGoodAs: "So gut wie",
  margin: "Was noch gut genug ist",
  within: (points) => `Bis zu ${number(points)} Punkte weniger`,
  marginHint: (votes) => `Es bekommt mindestens ${number(votes)} von 100 Stimmen zwischen beiden.`,
  found: (name, than, margin) =>
    `${name} ist das günstigste der Modelle, die mit 95 % Sicherheit höchstens ${margin} Punkte unter ${than} liegen.`,
  costs: (cost, than) => `Eine Antwort kostet ${cost} statt ${than}.`,
  noCheaper: (name) =>
    `Soweit die Stimmen es sagen, ist kein günstigeres Modell so gut wie ${name}. Mehr Stimmen machen die Linien schmaler.`,
  forMe: "Für meine neuen Unterhaltungen nehmen",
  forMeNote:
    "Es wird zu Ihrer Voreinstellung. In jeder Unterhaltung können Sie ein anderes wählen; bestehende bleiben, wie sie sind.",
  forAll: "Für alle nehmen",
  forAllNote:
    "Es wird zum Standardmodell dieses Stoa: Neue Unterhaltungen in allen Arbeitsbereichen beginnen damit, worum auch immer es geht, es sei denn, jemand hat ein anderes voreingestellt.",
  mineAlready: "Ihre neuen Unterhaltungen beginnen schon damit.",
  allAlready: "Es ist schon das Standardmodell dieses Stoa.",
  nowMine: (name) => `Ihre neuen Unterhaltungen beginnen mit ${name}.`,
  nowAll: (name) => `Das Standardmodell dieses Stoa ist ${name}.`,
};

export default de;
