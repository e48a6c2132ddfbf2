import type { Texts } from "./no-model-texts";

const de: Texts = {
  none: "Es gibt noch kein Modell",
  unusable: "Im Moment ist kein Modell verfügbar",
  noneAdmin:
    "Hinterlegen Sie den Schlüssel eines Anbieters oder die Adresse eines eigenen Servers. Dann können hier alle schreiben.",
  noneMember:
    "Hinterlegen Sie einen eigenen Schlüssel, oder bitten Sie die Verwaltung, einen Anbieter für alle einzurichten.",
  unusableNote: (model, reason) => `${model}: ${reason}`,
  addKey: "Anbieterschlüssel hinzufügen",
  ownKeys: "Ihre Anbieterschlüssel",
};

export default de;
