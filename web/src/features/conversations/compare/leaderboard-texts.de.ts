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
};

export default de;
