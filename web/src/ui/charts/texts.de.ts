import type { Texts } from "./texts";

const de: Texts = {
  asTable: (title) => `${title} als Tabelle`,
  time: "Zeit",
  noData: "Noch nichts gemessen",
  noValue: "–",
  at: (time, values) => `${time}: ${values}`,
  named: (name, value) => `${name} ${value}`,
  waits: (wait) => `davon ${wait} gewartet`,
  step: "Schritt",
  timeline: "Zeitachse",
  began: "Begann nach",
  took: "Dauer",
};

export default de;
