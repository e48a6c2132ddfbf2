import { number } from "../../../i18n/format";
import type { Texts } from "./start-texts";

const de: Texts = {
  title: "Modelle vergleichen",
  lead: "Eine Frage an mehrere Modelle. Die Antworten kommen nebeneinander, und Sie sagen, welche die beste ist.",
  models: "Modelle",
  count: (count, max) => `${number(count)} von höchstens ${number(max)}`,
  add: "Modell hinzufügen",
  notUsable: "Zurzeit nicht verfügbar",
  settingsOf: (name) => `Einstellungen von ${name}`,
  twice: (name) => `${name} noch einmal, mit anderen Einstellungen`,
  remove: (name) => `${name} weglassen`,
  label: "Name in diesem Vergleich",
  labelNone: "Wie das Modell",
  temperature: "Temperatur",
  maxTokens: "Höchstens Tokens",
  systemPrompt: "System-Prompt",
  temperatureIs: (value) => `Temperatur ${number(value)}`,
  tokensMax: (count) => `Höchstens ${number(count)} Tokens`,
  ownPrompt: "Eigener System-Prompt",
  presets: "Gespeicherte Auswahlen",
  presetOf: (count) => (count === 1 ? "1 Modell" : `${number(count)} Modelle`),
  savePreset: "Diese Auswahl speichern …",
  deletePreset: (name) => `„${name}“ löschen …`,
  deletePresetTitle: (name) => `Die Auswahl „${name}“ löschen?`,
  deletePresetText: "Niemand in diesem Arbeitsbereich kann sie mehr wählen. Was mit ihr gefragt wurde, bleibt.",
  deletePresetAction: "Auswahl löschen",
  presetName: "Name der Auswahl",
  blind: "Namen verbergen",
  blindNote:
    "Ein blinder Vergleich: Die Reihenfolge ist gelost, und niemand weiß, welches Modell welches ist, bis Sie aufdecken. So sind Stimmen gerechter.",
  prompt: "Frage",
  placeholder: "Alle fragen",
  tooFew: "Wählen Sie mindestens zwei Modelle",
  unusable: "Eines der Modelle ist zurzeit nicht verfügbar",
  empty: "Schreiben Sie eine Frage",
  compare: "Vergleichen",
  beginning: "Wird gefragt …",
  leaderboard: "Rangliste",
};

export default de;
