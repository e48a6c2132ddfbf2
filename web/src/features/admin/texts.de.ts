import { number } from "../../i18n/format";
import type { Texts } from "./texts";

const de: Texts = {
  failed: "Das ließ sich nicht laden.",
  more: "Mehr anzeigen",
  loadingMore: "Wird geladen …",

  users: {
    title: "Konten",
    registration: {
      open: "Wer diese Seite erreicht, kann sich ein Konto anlegen.",
      invite: "Wer in einen Arbeitsbereich eingeladen ist, kann sich ein Konto anlegen.",
      closed: "Niemand kann sich selbst ein Konto anlegen; das macht die Verwaltung.",
    },
    changeRegistration: "Ändern",
    add: "Konto anlegen",
    list: "Alle mit einem Konto",
    search: "Nach Name oder E-Mail suchen",
    order: "Reihenfolge",
    orders: {
      created_at: "Älteste zuerst",
      "-created_at": "Neueste zuerst",
      "-conversations": "Meiste Unterhaltungen",
      conversations: "Wenigste Unterhaltungen",
      "-cost": "Höchste Kosten im Monat",
      cost: "Niedrigste Kosten im Monat",
    },
    nobodyTitle: "Niemand gefunden",
    nobody: (q) => `Kein Name und keine Adresse enthält „${q}“.`,
    clearSearch: "Suche leeren",
    found: (count, more) =>
      more ? `Die ersten ${number(count)} Konten` : count === 1 ? "1 Konto" : `${number(count)} Konten`,
    you: "Sie",
    administrator: "Administration",
    disabled: "Gesperrt",
    since: (date) => `Seit ${date}`,
    conversations: (count) =>
      count === 0 ? "Keine Unterhaltungen" : count === 1 ? "1 Unterhaltung" : `${number(count)} Unterhaltungen`,
    costs: (amount) => `${amount} in diesem Monat`,
    lastSeen: (when) => `Zuletzt gesehen ${when}`,
    neverSeen: "Noch nicht gesehen",
    actions: (name) => `Aktionen für ${name}`,
    rename: "Umbenennen …",
    newPassword: "Neues Passwort setzen …",
    makeAdmin: "Zur Administration hinzufügen …",
    takeAdmin: "Aus der Administration nehmen",
    disable: "Konto sperren …",
    enable: "Konto freigeben",
    notYourself: "Nicht beim eigenen Konto",

    renameTitle: (name) => `${name} umbenennen`,
    name: "Name",
    nameMissing: "Geben Sie einen Namen ein.",
    nameLong: "Nehmen Sie höchstens 100 Zeichen.",
    renamed: (name) => `Der Name ist jetzt ${name}.`,

    makeAdminTitle: (name) => `${name} zur Administration hinzufügen?`,
    makeAdminText:
      "Die Administration verwaltet alle Konten, die Anbieterverbindungen der Installation und ihre Einstellungen. Unterhaltungen aus Arbeitsbereichen, zu denen sie nicht gehört, sieht sie nicht.",
    makeAdminAction: "Hinzufügen",
    madeAdmin: (name) => `${name} gehört jetzt zur Administration.`,
    tookAdmin: (name) => `${name} gehört nicht mehr zur Administration.`,

    disableTitle: (name) => `Konto von ${name} sperren?`,
    disableText:
      "Alle Sitzungen und API-Schlüssel dieses Kontos enden sofort. Unterhaltungen bleiben, und das Konto lässt sich wieder freigeben; Schlüssel müssen dann neu angelegt werden.",
    disableAction: "Konto sperren",
    disabledNow: (name) => `Das Konto von ${name} ist gesperrt.`,
    enabledNow: (name) => `${name} kann sich wieder anmelden.`,

    addTitle: "Konto anlegen",
    email: "E-Mail",
    emailWrong: "Das ist keine E-Mail-Adresse.",
    emailTaken: "Zu dieser Adresse gibt es schon ein Konto.",
    nameHint: "Ohne Namen gilt der Teil vor dem @.",
    passwordChoice: "Passwort",
    generate: "Eines erzeugen",
    generateNote: "Wird einmal angezeigt, damit Sie es weitergeben können.",
    type: "Selbst eingeben",
    typeNote: "Mindestens 8 Zeichen.",
    password: "Passwort für den Anfang",
    passwordNew: "Neues Passwort",
    passwordShort: "Nehmen Sie mindestens 8 Zeichen.",
    asAdmin: "Administration",
    asAdminHint: "Verwaltet Konten, Verbindungen und Einstellungen.",
    addAction: "Konto anlegen",
    adding: "Wird angelegt …",

    passwordTitle: (name) => `Neues Passwort für ${name}`,
    passwordText: "Alle Sitzungen dieses Kontos enden. API-Schlüssel bleiben.",
    passwordAction: "Passwort setzen",
    setting: "Wird gesetzt …",

    addedTitle: "Das Konto ist bereit",
    setTitle: "Das neue Passwort gilt",
    passOn:
      "Geben Sie dies auf einem Weg weiter, dem Sie vertrauen. Das Passwort wird nicht noch einmal angezeigt; nach der Anmeldung lässt es sich ändern.",
    address: "Adresse",
    copyAll: "Alles kopieren",
    done: "Fertig",
  },

  installation: {
    title: "Anwendung",
    about: "Diese Einstellungen gelten für alle hier, und zwar sofort.",
    registration: "Registrierung",
    registrationQuestion: "Wer darf sich ein Konto anlegen?",
    choices: {
      open: {
        label: "Alle",
        note: "Wer die Anmeldeseite erreicht, bekommt ein Konto und kann die Modelle der Installation benutzen, auf deren Kosten.",
      },
      invite: {
        label: "Auf Einladung",
        note: "Nur mit einer Einladung in einen Arbeitsbereich, und nur mit der Adresse, an die sie ging.",
      },
      closed: {
        label: "Niemand",
        note: "Die Verwaltung legt die Konten an. Offene Einladungen erreichen nur Leute, die schon eines haben.",
      },
    },
    models: "Modelle",
    defaultModel: "Standardmodell",
    defaultModelHint: "Damit beginnen neue Unterhaltungen, wenn jemand kein anderes bevorzugt.",
    firstAvailable: "Das erste, das sich benutzen lässt",
    titleModel: "Modell für Titel",
    titleModelHint: "Benennt Unterhaltungen nach der ersten Antwort. Ein kleines, günstiges genügt.",
    sameModel: "Das der Unterhaltung",
    notAvailable: (id) => `${id} (zurzeit nicht verfügbar)`,
    noModels: "Zurzeit lässt sich kein Modell benutzen.",
    changedElsewhere:
      "Jemand anderes hat die Einstellungen inzwischen geändert. Sie sehen jetzt diesen Stand; Ihre letzte Änderung wurde nicht übernommen.",
  },
};

export default de;
