import type { Texts } from "./texts";

const de: Texts = {
  close: "Schließen",
  cancel: "Abbrechen",
  save: "Speichern",
  saving: "Wird gespeichert …",
  saved: "Gespeichert",
  loading: "Wird geladen …",
  tryAgain: "Noch einmal versuchen",
  copy: "Kopieren",
  copied: "Kopiert",
  notCopied: "Nicht kopiert",
  lost: "Verbindung verloren. Neuer Versuch …",
  required: "erforderlich",
  show: "Anzeigen",
  hide: "Verbergen",
  showPassword: "Passwort anzeigen",
  hidePassword: "Passwort verbergen",
  strength: ["Zu kurz", "Kurz", "Gut", "Stark"],
  keys: { ctrl: "Strg", shift: "⇧", delete: "Entf" },
};

export default de;
