import type { Texts } from "./texts";

const de: Texts = {
  unreachable: "Der Server ist nicht erreichbar.",
  ours: "Im Server ist etwas schiefgegangen.",
  reference: (request) => `Wenn es so bleibt, nennen Sie Ihrer Verwaltung diese Nummer: ${request}.`,
  unknown: "Etwas ist schiefgegangen.",
  page: "Auf dieser Seite ist etwas schiefgegangen. Laden Sie sie neu und versuchen Sie es noch einmal.",
  rules: {
    required: () => "Hier muss etwas stehen.",
    too_short: (limit) => `Bitte mindestens ${limit} Zeichen.`,
    too_long: (limit) => `Bitte höchstens ${limit} Zeichen.`,
    email: () => "Das ist keine E-Mail-Adresse.",
    slug: () => "Buchstaben, Ziffern, - und _, höchstens 64, am Anfang ein Buchstabe oder eine Ziffer.",
    taken: () => "Das ist schon vergeben.",
    mismatch: () => "Das stimmt nicht mit dem Gespeicherten überein.",
  },
  codes: {
    unauthenticated: "Sie sind abgemeldet. Melden Sie sich an, um weiterzumachen.",
    wrong_credentials: "E-Mail oder Passwort ist falsch.",
    forbidden: "Das dürfen Sie hier nicht.",
    key_revoked: "Der API-Schlüssel, mit dem hier gefragt wurde, ist widerrufen oder abgelaufen.",
    not_found: "Das gibt es nicht mehr, oder es gehört jemand anderem.",
    cross_site: "Der Browser hat nicht gezeigt, dass die Anfrage von dieser Seite kommt. Laden Sie die Seite neu.",
    budget_exceeded: "Das Budget ist aufgebraucht.",
    precondition_failed:
      "Das hat inzwischen jemand anderes geändert. Sehen Sie es sich an und ändern Sie es dann noch einmal.",
    reply_running: "Es wird noch eine Antwort geschrieben. Warten Sie darauf oder halten Sie sie an.",
    too_large: "Das ist zu groß.",
    context_length_exceeded:
      "Die Unterhaltung ist zu lang für dieses Modell. Beginnen Sie eine neue oder wählen Sie ein Modell, das mehr liest.",
    content_filter: "Der Anbieter des Modells lehnt diesen Inhalt ab.",
    interrupted: "Die Antwort wurde unterbrochen. Was schon da war, ist erhalten.",
    cancelled: "Sie haben diese Antwort angehalten.",
    upstream_error: "Der Anbieter des Modells hat einen Fehler gemeldet.",
    upstream_authentication: "Der Anbieter hat den Schlüssel abgelehnt. Prüfen Sie den Schlüssel der Verbindung.",
    upstream_unreachable: "Der Anbieter des Modells ist nicht erreichbar.",
    upstream_timeout: "Das Modell hat zu lange gebraucht.",
    timeout: "Der Server hat zu lange gebraucht. Versuchen Sie es noch einmal.",
    unavailable: "Der Server ist beschäftigt oder startet gerade. Versuchen Sie es gleich noch einmal.",
  },
};

export default de;
