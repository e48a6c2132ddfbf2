import type { Texts } from "./texts";

const de: Texts = {
  model: "Modell",
  choose: "Modell wählen",
  none: "Kein Modell",
};

export default de;
