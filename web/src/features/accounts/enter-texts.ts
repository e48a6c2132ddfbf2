/** The words of the page before the page: log in, register, first start. */
import { catalogue } from "../../i18n/catalogue";

const en = {
  language: "Language",
  claim: "A place to think, with any model.",
  facts: [
    {
      title: "Yours",
      text: "Conversations stay on the server you chose. Nothing is sent anywhere but to the model you ask.",
    },
    { title: "Any model", text: "Models on this machine and models of every large provider, side by side." },
    { title: "Nothing lost", text: "Close the tab in the middle of an answer. It is finished when you come back." },
  ],
  firstSteps: [
    { title: "You become the administrator", text: "The first account looks after this installation." },
    { title: "You can write at once", text: "A model runs here already. No key, no card, no download." },
    { title: "Then make it a place for others", text: "Invite people and connect providers whenever you like." },
  ],
  logIn: { title: "Welcome back", lead: "Log in to go on where you stopped.", button: "Log in" },
  register: {
    title: "Create an account",
    lead: "You get a workspace of your own at once.",
    button: "Create account",
  },
  first: {
    title: "Make this Stoa yours",
    lead: "Nobody has been here yet. The account you make now is the administrator’s.",
    button: "Create the first account",
  },
  name: "Name",
  nameHint: "As others in your workspaces will see you.",
  email: "Email",
  password: "Password",
  passwordHint: "At least 8 characters. A few words in a row are good.",
  busy: "One moment…",
  nameMissing: "Write your name.",
  emailWrong: "This is not an email address.",
  passwordMissing: "Write your password.",
  passwordShort: "Use at least 8 characters.",
  emailTaken: "There is an account with this address already. Log in instead.",
  tooMany: (wait: string) => `Too many failed attempts. Try again in ${wait}.`,
  tooManySoon: "Too many failed attempts. Wait a few minutes, then try again.",
  notAllowed: "Registration needs an invitation here. Open the link you were sent, and use the address it was sent to.",
  byInvitation: "New accounts are made by invitation here. Ask the administrator, or open the link you were sent.",
  closed: "Nobody can register here. The administrator makes the accounts; ask for yours.",
  invited: (who: string, workspace: string) => `${who} invites you to “${workspace}”.`,
  invitedAs: (email: string) => `The invitation was sent to ${email}.`,
  invitationGone: "This invitation is not valid any more. Ask for a new one.",
  curious: "Only curious?",
  tryIt: "Try it without an account",
  forgotten: "Forgotten your password? Your administrator can set a new one.",
  haveAccount: "You have an account?",
  toLogin: "Log in",
  newHere: "New here?",
  toRegister: "Create an account",
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./enter-texts.de"));
