import { ago, duration, number } from "../../i18n/format";
import type { Texts } from "./texts";

const models = (count: number) => (count === 1 ? "1 Modell" : `${number(count)} Modelle`);

const de: Texts = {
  pages: {
    user: {
      title: "Ihre Schlüssel bei Anbietern",
      about: "Modelle, die nur Sie nutzen, in allen Ihren Bereichen und mit einem eigenen Schlüssel.",
      list: "Ihre Verbindungen",
    },
    workspace: {
      title: "Verbindungen zu Anbietern",
      about: "Modelle für alle in diesem Arbeitsbereich und für niemanden sonst.",
      list: "Verbindungen dieses Bereichs",
    },
    system: {
      title: "Verbindungen zu Anbietern",
      about: "Modelle für alle, die hier ein Konto haben.",
      list: "Verbindungen der Installation",
    },
  },
  personalNote: "Dieser Bereich gehört nur Ihnen. Ein Schlüssel für alle Ihre Bereiche gehört unter",
  welcome: "Verbinden Sie den ersten Anbieter",
  welcomeText: "Wählen Sie, woher Ihre Modelle kommen. Einer genügt für den Anfang, weitere können jederzeit folgen.",
  welcomeOwn: "Einen Anbieter verbinden",
  welcomeOwnText: "Mit einem eigenen Schlüssel nutzen Sie hier seine Modelle. Niemand sonst sieht oder verbraucht ihn.",
  welcomeWorkspaceText:
    "Alle in diesem Bereich können dann seine Modelle nutzen. Der Schlüssel selbst wird niemandem gezeigt.",
  add: "Anbieter hinzufügen",
  addTitle: "Welcher Anbieter?",
  cancel: "Abbrechen",
  back: "Anderer Anbieter",
  onlyManagers: "Anbieter verbindet die Administration des Bereichs. Sie können einen eigenen Schlüssel nutzen:",
  noneHere: "Dieser Bereich hat keine eigenen Verbindungen.",
  others: "Ebenfalls für Sie da",
  othersAbout: "Auch ihre Modelle lassen sich hier nutzen.",
  from: { system: "Von der Installation", workspace: "Vom Arbeitsbereich", user: "Von Ihnen" },
  builtin: "Kommt mit Stoa",
  failed: "Noch einmal versuchen",

  serverName: "Anderer Server",
  serverKind: "OpenAI-kompatibel",
  serverDefault: "Eigener Server",
  connectServer: "Einen Server verbinden",
  mockName: "Mock-Modelle",
  localName: "Modelle dieses Servers",
  notes: {
    openai: "GPT-Modelle. Braucht einen API-Schlüssel.",
    anthropic: "Claude-Modelle. Braucht einen API-Schlüssel.",
    gemini: "Gemini-Modelle. Braucht einen API-Schlüssel.",
    openrouter: "Modelle vieler Anbieter mit einem Schlüssel.",
    ollama: "Offene Modelle auf dem eigenen Rechner. Braucht keinen Schlüssel.",
    server: "Spricht wie OpenAI: vLLM, LM Studio, llama.cpp …",
    mock: "Vorbereitete Antworten, zum Ausprobieren.",
  },

  connect: (name) => `${name} verbinden`,
  edit: (name) => `„${name}“ bearbeiten`,
  key: "API-Schlüssel",
  keyOptional: "API-Schlüssel (wenn nötig)",
  keyHint: "Wird verschlüsselt gespeichert und nie wieder gezeigt.",
  keyGet: "Schlüssel holen",
  keyStored: (hint) => `${hint} ist gespeichert. Leer lassen, um ihn zu behalten.`,
  keyNone: "Es ist kein Schlüssel gespeichert.",
  showKey: "Schlüssel zeigen",
  hideKey: "Schlüssel verbergen",
  address: "Adresse",
  addressHint: "Die Wurzel der API. Meist endet sie auf /v1.",
  addressOptional: "Nur, wenn es nicht die übliche ist.",
  addressOutside:
    "Sie muss aus dem Internet erreichbar sein; eine Adresse in Ihrem Netz verbindet die Verwaltung der Installation.",
  addressFrom: "So, wie der Rechner sie sieht, auf dem Stoa läuft. Aus einem Container heißt er host.docker.internal.",
  addressPlaceholder: "https://llm.beispiel.de/v1",
  usual: "Übliche Adressen",
  name: "Name",
  slug: "Kurzname",
  slugHint: (slug) => `Die Modelle heißen dann ${slug}/…`,
  slugChange: "Unterhaltungen mit diesen Modellen müssen neu wählen.",
  more: "Weitere Einstellungen",
  headers: "Zusätzliche Kopfzeilen",
  headersHint: "Gehen mit jeder Anfrage mit. Die Werte werden verschlüsselt gespeichert und nie wieder gezeigt.",
  headersStored: (names) => `Gespeichert: ${names}`,
  headersReplace: "Ersetzen",
  headersKeep: "Gespeicherte behalten",
  headersReplaceHint: "Diese treten an die Stelle aller gespeicherten.",
  headerName: (index) => `Name der Kopfzeile ${index}`,
  headerValue: (index) => `Wert der Kopfzeile ${index}`,
  headerNamePlaceholder: "Name",
  headerValuePlaceholder: "Wert",
  headerAdd: "Kopfzeile hinzufügen",
  headerRemove: (index) => `Kopfzeile ${index} entfernen`,
  faults: {
    nameMissing: "Geben Sie ihr einen Namen.",
    slugWrong: "Buchstaben ohne Umlaute, Ziffern, - und _, höchstens 64, am Anfang ein Buchstabe oder eine Ziffer.",
    slugReserved: "Dieser Kurzname steht für Modelle, die mit Stoa kommen. Wählen Sie einen anderen.",
    slugTaken: "Eine andere Verbindung hat diesen Kurznamen. Wählen Sie einen anderen.",
    addressMissing: "Wo ist der Server?",
    addressWrong: "Eine Adresse sieht aus wie https://llm.beispiel.de/v1, ohne „?“ und „#“.",
    addressSecret: "Keine Anmeldedaten in der Adresse. Sie gehören in den Schlüssel oder eine Kopfzeile.",
    keyMissing: "Der Anbieter braucht einen Schlüssel.",
    keyWrong: "Ein Schlüssel hat keine Leerzeichen. Wurde etwas anderes mitkopiert?",
    keyAgain:
      "Diese Adresse gehört zu einem anderen Rechner. Geben Sie den Schlüssel noch einmal ein, damit er nicht versehentlich dorthin geht.",
    headersWrong: "Der Name einer Kopfzeile besteht aus Buchstaben, Ziffern und -.",
    headersAgain: "Diese Adresse gehört zu einem anderen Rechner. Geben Sie die Kopfzeilen noch einmal ein.",
  },
  refused: (message) => `Der Server nimmt das nicht an: ${message}`,
  test: "Testen",
  testing: "Wird getestet …",
  connectAction: "Verbinden",
  connecting: "Wird verbunden …",
  save: "Speichern",
  saving: "Wird gespeichert …",
  saveAnyway: "Trotzdem verbinden",
  works: (count, ms) =>
    count > 0
      ? `Es funktioniert: ${models(count)}, Antwort nach ${duration(ms)}.`
      : `Der Anbieter antwortet nach ${duration(ms)}, nennt aber keine Modelle.`,
  outcomes: {
    upstream_unreachable:
      "Der Server ist nicht erreichbar. Prüfen Sie die Adresse, und ob er läuft und von dem Rechner aus erreichbar ist, auf dem Stoa läuft.",
    upstream_timeout: "Nach 10 Sekunden kam keine Antwort. Startet der Server vielleicht noch?",
    upstream_error:
      "Der Anbieter hat mit einem Fehler geantwortet. Eine Adresse ist die Wurzel der API und endet meist auf /v1.",
    upstream_authentication:
      "Der Anbieter hat den Schlüssel abgelehnt. Ist er vollständig, noch gültig und für diesen Anbieter?",
  },

  models,
  health: {
    ok: "Funktioniert",
    unknown: "Noch nicht gefragt",
    failing: "Schlägt fehl",
    suspended: "Pause nach Fehlern",
    key_refused: "Schlüssel abgelehnt",
    disabled: "Aus",
    misconfigured: "Braucht Aufmerksamkeit",
  },
  asked: (time) => `zuletzt gelesen ${ago(time)}`,
  keyEnds: (hint) => `Schlüssel ${hint}`,
  enabled: (name) => `„${name}“ nutzen`,
  testOf: (name) => `„${name}“ testen`,
  moreAbout: (name) => `Mehr zu „${name}“`,
  editEntry: "Bearbeiten …",
  deleteEntry: "Löschen …",
  deleteTitle: (name) => `„${name}“ löschen?`,
  deleteText: "Der Schlüssel wird mit gelöscht. Unterhaltungen bleiben und müssen ein anderes Modell wählen.",
  deleteAction: "Verbindung löschen",
  deleted: (name) => `„${name}“ ist gelöscht.`,
  saved: "Gespeichert",

  reading: (name) => `${name} ist verbunden. Die Modelle werden gelesen …`,
  ready: (name, count) =>
    count === 1
      ? `${name} ist verbunden. 1 Modell lässt sich jetzt nutzen.`
      : `${name} ist verbunden. ${models(count)} lassen sich jetzt nutzen.`,
  notReady: (name) => `${name} ist gespeichert, aber die Modelle konnten nicht gelesen werden.`,
  start: "Unterhaltung beginnen",
};

export default de;
