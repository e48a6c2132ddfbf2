import type { Texts } from "./enter-texts";

const de: Texts = {
  language: "Sprache",
  claim: "Ein Ort zum Denken, mit jedem Modell.",
  facts: [
    {
      title: "Es gehört Ihnen",
      text: "Unterhaltungen bleiben auf dem Server, den Sie gewählt haben. Nur das gefragte Modell bekommt sie zu lesen.",
    },
    {
      title: "Jedes Modell",
      text: "Modelle auf diesem Rechner und die aller großen Anbieter, nebeneinander.",
    },
    {
      title: "Nichts geht verloren",
      text: "Schließen Sie den Tab mitten in einer Antwort. Sie ist fertig, wenn Sie wiederkommen.",
    },
  ],
  firstSteps: [
    { title: "Sie verwalten diese Installation", text: "Das erste Konto bekommt alle Rechte." },
    {
      title: "Sie können sofort schreiben",
      text: "Ein Modell läuft hier schon, ohne Schlüssel, ohne Kosten, ohne Download.",
    },
    { title: "Dann wird es ein Ort für andere", text: "Laden Sie jederzeit Leute ein und verbinden Sie Anbieter." },
  ],
  logIn: {
    title: "Willkommen zurück",
    lead: "Melden Sie sich an und machen Sie weiter, wo Sie aufgehört haben.",
    button: "Anmelden",
  },
  register: {
    title: "Konto anlegen",
    lead: "Sie bekommen sofort einen eigenen Arbeitsbereich.",
    button: "Konto anlegen",
  },
  first: {
    title: "Machen Sie dieses Stoa zu Ihrem",
    lead: "Hier war noch niemand. Das Konto, das Sie jetzt anlegen, verwaltet die Installation.",
    button: "Erstes Konto anlegen",
  },
  name: "Name",
  nameHint: "So sehen Sie die anderen in Ihren Arbeitsbereichen.",
  email: "E-Mail",
  password: "Passwort",
  passwordHint: "Mindestens 8 Zeichen. Gut sind ein paar Wörter hintereinander.",
  busy: "Einen Moment …",
  nameMissing: "Geben Sie Ihren Namen ein.",
  emailWrong: "Das ist keine E-Mail-Adresse.",
  passwordMissing: "Geben Sie Ihr Passwort ein.",
  passwordShort: "Nehmen Sie mindestens 8 Zeichen.",
  emailTaken: "Zu dieser Adresse gibt es schon ein Konto. Melden Sie sich damit an.",
  tooMany: (wait) => `Zu viele Fehlversuche. Versuchen Sie es in ${wait} noch einmal.`,
  tooManySoon: "Zu viele Fehlversuche. Warten Sie ein paar Minuten und versuchen Sie es dann noch einmal.",
  notAllowed:
    "Für ein Konto brauchen Sie hier eine Einladung. Öffnen Sie den Link, den Sie bekommen haben, und nehmen Sie die Adresse, an die er ging.",
  byInvitation:
    "Neue Konten gibt es hier auf Einladung. Fragen Sie die Verwaltung, oder öffnen Sie den Link, den Sie bekommen haben.",
  closed: "Hier kann sich niemand selbst ein Konto anlegen. Das macht die Verwaltung; fragen Sie dort nach Ihrem.",
  invited: (who, workspace) => `${who} lädt Sie in „${workspace}“ ein.`,
  invitedAs: (email) => `Die Einladung ging an ${email}.`,
  invitationGone: "Diese Einladung gilt nicht mehr. Bitten Sie um eine neue.",
  curious: "Nur neugierig?",
  tryIt: "Ohne Konto ausprobieren",
  forgotten: "Passwort vergessen? Ihre Verwaltung kann ein neues setzen.",
  haveAccount: "Sie haben schon ein Konto?",
  toLogin: "Anmelden",
  newHere: "Neu hier?",
  toRegister: "Konto anlegen",
};

export default de;
