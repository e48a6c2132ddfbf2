/** The words of the administrators' pages: users, and the settings of the installation. */
import type { Registration } from "../../api/types";
import { catalogue } from "../../i18n/catalogue";
import { number } from "../../i18n/format";

const en = {
  failed: "This could not be loaded.",
  more: "Show more",
  loadingMore: "Loading…",

  users: {
    title: "Users",
    registration: {
      open: "Anybody who reaches this page can register.",
      invite: "Whoever has an invitation to a workspace can register.",
      closed: "Nobody can register; administrators make the accounts.",
    } as Record<Registration, string>,
    changeRegistration: "Change",
    add: "Add user",
    list: "Everybody with an account",
    search: "Search by name or email",
    order: "Order",
    orders: {
      created_at: "Oldest first",
      "-created_at": "Newest first",
      "-conversations": "Most conversations",
      conversations: "Fewest conversations",
      "-cost": "Highest cost this month",
      cost: "Lowest cost this month",
    },
    nobodyTitle: "Nobody found",
    nobody: (q: string) => `No name and no address contains “${q}”.`,
    clearSearch: "Clear the search",
    found: (count: number, more: boolean) =>
      more ? `The first ${number(count)} users` : count === 1 ? "1 user" : `${number(count)} users`,
    you: "You",
    administrator: "Administrator",
    disabled: "Disabled",
    since: (date: string) => `Since ${date}`,
    conversations: (count: number) =>
      count === 0 ? "No conversations" : count === 1 ? "1 conversation" : `${number(count)} conversations`,
    costs: (amount: string) => `${amount} this month`,
    lastSeen: (when: string) => `Last seen ${when}`,
    neverSeen: "Not seen yet",
    actions: (name: string) => `Actions for ${name}`,
    rename: "Rename…",
    newPassword: "Set a new password…",
    makeAdmin: "Make administrator…",
    takeAdmin: "Remove administrator rights",
    disable: "Disable account…",
    enable: "Enable account",
    notYourself: "Not for your own account",

    renameTitle: (name: string) => `Rename ${name}`,
    name: "Name",
    nameMissing: "Write a name.",
    nameLong: "Use at most 100 characters.",
    renamed: (name: string) => `The name is ${name} now.`,

    makeAdminTitle: (name: string) => `Make ${name} an administrator?`,
    makeAdminText:
      "Administrators manage all users, the provider connections of the installation and its settings. They do not see conversations of workspaces they do not belong to.",
    makeAdminAction: "Make administrator",
    madeAdmin: (name: string) => `${name} is an administrator now.`,
    tookAdmin: (name: string) => `${name} is no administrator any more.`,

    disableTitle: (name: string) => `Disable the account of ${name}?`,
    disableText:
      "All sessions and API keys of this user end at once. Conversations stay, and the account can be enabled again; keys have to be made anew.",
    disableAction: "Disable account",
    disabledNow: (name: string) => `The account of ${name} is disabled.`,
    enabledNow: (name: string) => `${name} can log in again.`,

    addTitle: "Add a user",
    email: "Email",
    emailWrong: "This is not an email address.",
    emailTaken: "There is an account with this address already.",
    nameHint: "Without one, the part before the @.",
    passwordChoice: "Password",
    generate: "Generate one",
    generateNote: "Shown once, for you to pass on.",
    type: "Type one",
    typeNote: "At least 8 characters.",
    password: "Password to begin with",
    passwordNew: "New password",
    passwordShort: "Use at least 8 characters.",
    asAdmin: "Administrator",
    asAdminHint: "Manages users, connections and settings.",
    addAction: "Add user",
    adding: "Adding…",

    passwordTitle: (name: string) => `New password for ${name}`,
    passwordText: "All sessions of this user end. API keys stay.",
    passwordAction: "Set password",
    setting: "Setting…",

    addedTitle: "The account is ready",
    setTitle: "The new password is set",
    passOn: "Pass this on by a way you trust. The password is not shown again; it can be changed after log-in.",
    address: "Address",
    copyAll: "Copy all",
    done: "Done",
  },

  installation: {
    title: "Application settings",
    about: "They hold for everybody here and take effect at once.",
    registration: "Registration",
    registrationQuestion: "Who may make an account?",
    choices: {
      open: {
        label: "Anybody",
        note: "Whoever reaches the log-in page can register and use the models of the installation, at its cost.",
      },
      invite: {
        label: "By invitation",
        note: "Only with an invitation to a workspace, and only with the address it was sent to.",
      },
      closed: {
        label: "Nobody",
        note: "Administrators make the accounts. Open invitations reach only people who have one.",
      },
    } as Record<Registration, { label: string; note: string }>,
    models: "Models",
    defaultModel: "Default model",
    defaultModelHint: "What new conversations begin with, unless a user prefers another.",
    firstAvailable: "The first that can be used",
    titleModel: "Model for titles",
    titleModelHint: "Names conversations after the first answer. A small, cheap one is enough.",
    sameModel: "The conversation’s own",
    notAvailable: (id: string) => `${id} (not available now)`,
    noModels: "No model can be used at the moment.",
    changedElsewhere:
      "Somebody else has changed the settings in the meantime. You see theirs now; your last change was not made.",
  },
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./texts.de"));
