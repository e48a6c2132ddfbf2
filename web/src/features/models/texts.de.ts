import type { Texts } from "./texts";

const de: Texts = {
  model: "Modell",
  choose: "Modell wählen",
  none: "Kein Modell",
  instead: (model) => `${model} ist im Moment nicht verfügbar, stattdessen antwortet dieses Modell`,
};

export default de;
