import { number } from "../../i18n/format";
import type { Texts } from "./audit-texts";

const de: Texts = {
  title: "Protokoll",
  about:
    "Wer was an diesem Stoa und seinen Arbeitsbereichen geändert hat. Passwörter, Schlüssel und Geschriebenes stehen nicht darin.",
  list: "Das Neueste zuerst",
  kind: "Anzeigen",
  all: "Alles",
  kinds: {
    user: "Konto",
    settings: "Anwendungseinstellungen",
    connection: "Anbieterverbindung",
    budget: "Budget",
    price: "Preis",
    key: "API-Schlüssel",
    workspace: "Arbeitsbereich",
    member: "Mitglied",
    invitation: "Einladung",
    route: "Route",
    cache: "Cache",
    alert: "Warnung",
  },
  verbs: {
    created: "angelegt",
    updated: "geändert",
    deleted: "gelöscht",
    disabled: "gesperrt",
    enabled: "freigegeben",
    imported: "importiert",
    added: "hinzugefügt",
    removed: "entfernt",
    accepted: "angenommen",
    revoked: "widerrufen",
    emptied: "geleert",
    acknowledged: "zur Kenntnis genommen",
    tested: "geprüft",
    switched: "umgeschaltet",
  },
  none: "Keine Einträge",
  noneYet: "Bisher wurde nichts geändert.",
  noneOfKind: "Davon wurde bisher nichts geändert.",
  gone: "Gelöschtes Konto",
  commandLine: "Auf der Kommandozeile",
  secret: "neu, wird nicht gezeigt",
  nothing: "nichts",
  arrow: "→",
  becomes: "jetzt",
  count: (count, more) =>
    more ? `Die neuesten ${number(count)} Einträge` : count === 1 ? "1 Eintrag" : `${number(count)} Einträge`,
};

export default de;
