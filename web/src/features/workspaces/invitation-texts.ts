/** The words of the page behind an invitation link. */
import { catalogue } from "../../i18n/catalogue";
import { date } from "../../i18n/format";

const en = {
  title: "Invitation",
  invites: (name: string) => `${name} invites you`,
  invited: "You are invited",
  to: "Workspace",
  as: "Your role",
  ends: "Open until",
  when: (time: string) => date(time),
  about: {
    owner: "You do everything.",
    admin: "You manage members and connections, and work in it.",
    member: "You read and write conversations.",
    observer: "You read everything and change nothing.",
  },
  enter: (email: string) => `Log in or create an account for ${email} to accept.`,
  logIn: "Log in",
  register: "Create an account",
  accept: "Accept",
  accepting: "One moment…",
  decline: "Decline",
  asYou: (email: string) => `You are logged in as ${email}.`,
  other: (invited: string, you: string) =>
    `The invitation was sent to ${invited}, and you are logged in as ${you}. When you accept, this account joins.`,
  welcome: (workspace: string) => `You belong to “${workspace}” now.`,
  declined: (workspace: string) => `You have declined the invitation to “${workspace}”.`,
  goneTitle: "This invitation is not open",
  gone: "It was answered or taken back, or its 14 days are over. Ask whoever invited you for a new link.",
  home: "To your conversations",
  failedTitle: "The invitation could not be read",
  tryAgain: "Try again",
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./invitation-texts.de"));
