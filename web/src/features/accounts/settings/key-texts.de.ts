import { number } from "../../../i18n/format";
import type { Texts } from "./key-texts";

const de: Texts = {
  workspace: {
    title: "API-Schlüssel des Arbeitsbereichs",
    about:
      "Für Anwendungen. Sie rufen Modelle auf und nichts sonst, ihre Aufrufe zählen für den Arbeitsbereich, und sie bleiben, wenn geht, wer sie angelegt hat.",
    list: "Schlüssel dieses Arbeitsbereichs",
    emptyTitle: "Noch keine API-Schlüssel des Arbeitsbereichs",
    empty:
      "Mit einem solchen Schlüssel ruft eine Anwendung die Modelle dieses Arbeitsbereichs auf, in niemandes Namen.",
    nameHint: "Die Anwendung, die ihn benutzen wird.",
  },
  limits: "Grenzen",
  models: "Modelle, die er benutzen darf",
  modelsHint: "Durch Kommas getrennt; openai/* steht für alle Modelle einer Verbindung. Leer sind es alle.",
  allModels: "Alle",
  rates: {
    requests_per_minute: "Anfragen in der Minute",
    tokens_per_minute: "Tokens in der Minute",
    concurrent: "Anfragen zugleich",
  },
  unlimited: "Ohne Grenze",
  between: (most) => `Eine ganze Zahl von 1 bis ${number(most)}, oder nichts`,
  only: (models) => `nur ${models}`,
  requests: (count) => `${count} Anfragen in der Minute`,
  tokens: (count) => `${count} Tokens in der Minute`,
  atOnce: (count) => `${count} zugleich`,
  change: "Ändern",
  changeNamed: (name) => `${name} ändern`,
  changeTitle: (name) => `„${name}“ ändern`,
  changed: (name) => `„${name}“ ist geändert.`,
  own: {
    title: "Eigene Grenzen im Augenblick",
    about:
      "Von der Administration festgelegt. Sie gelten für alle eigenen Schlüssel zusammen, nicht für Fragen im Browser. Eine laufende Antwort zählt mit so vielen Tokens, wie sie höchstens brauchen darf.",
    what: {
      requests: "Anfragen in der letzten Minute",
      tokens: "Tokens in der letzten Minute",
      concurrent: "Laufende Anfragen",
    },
    of: (used, limit) => `${used} von ${limit}`,
  },
  all: {
    title: "API-Schlüssel",
    about: "Die Schlüssel aller Personen und Arbeitsbereiche. Die Schlüssel selbst sind nirgends gespeichert.",
    list: "Die ältesten zuerst",
    search: "Nach Name oder Person suchen",
    none: "Keine API-Schlüssel",
    noneYet: "Niemand hat bisher einen angelegt.",
    noneFound: (q) => `Kein Schlüssel und keine Person heißt „${q}“.`,
    ofPerson: (name, email) => `${name} (${email})`,
    ofWorkspace: (workspace, maker) => `Arbeitsbereich ${workspace}, angelegt von ${maker}`,
    count: (count, more) =>
      more ? `Die ersten ${number(count)} Schlüssel` : count === 1 ? "1 Schlüssel" : `${number(count)} Schlüssel`,
    more: "Mehr anzeigen",
    loadingMore: "Wird geladen …",
  },
};

export default de;
