import { date } from "../../i18n/format";
import type { Texts } from "./invitation-texts";

const de: Texts = {
  title: "Einladung",
  invites: (name) => `${name} lädt Sie ein`,
  invited: "Sie sind eingeladen",
  to: "Arbeitsbereich",
  as: "Ihre Rolle",
  ends: "Offen bis",
  when: (time) => date(time),
  about: {
    owner: "Sie dürfen alles.",
    admin: "Sie verwalten Mitglieder und Verbindungen und arbeiten darin.",
    member: "Sie lesen und schreiben Unterhaltungen.",
    observer: "Sie lesen alles und ändern nichts.",
  },
  enter: (email) => `Um anzunehmen, melden Sie sich an oder legen Sie ein Konto für ${email} an.`,
  logIn: "Anmelden",
  register: "Konto anlegen",
  accept: "Annehmen",
  accepting: "Einen Augenblick …",
  decline: "Ablehnen",
  asYou: (email) => `Sie sind als ${email} angemeldet.`,
  other: (invited, you) =>
    `Die Einladung ging an ${invited}, angemeldet sind Sie als ${you}. Wenn Sie annehmen, tritt dieses Konto bei.`,
  welcome: (workspace) => `Sie gehören jetzt zu „${workspace}“.`,
  declined: (workspace) => `Sie haben die Einladung zu „${workspace}“ abgelehnt.`,
  goneTitle: "Diese Einladung ist nicht offen",
  gone: "Sie wurde beantwortet oder zurückgenommen, oder die 14 Tage sind vorbei. Bitten Sie um einen neuen Link.",
  home: "Zu Ihren Unterhaltungen",
  failedTitle: "Die Einladung konnte nicht gelesen werden",
  tryAgain: "Noch einmal versuchen",
};

export default de;
