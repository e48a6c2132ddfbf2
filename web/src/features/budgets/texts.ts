/** The words of budgets. */
import { catalogue } from "../../i18n/catalogue";
import { number } from "../../i18n/format";

const en = {
  title: "Budgets",
  about: "How much calls of models may cost in a day or a month.",
  aboutAll:
    "How much calls of models may cost: for everybody together, for a person, and what workspaces and keys have set.",
  list: "In force",
  create: "Set a budget",
  emptyTitle: "Nothing is limited",
  empty: "Calls cost what they cost. A budget refuses them, or lets a cheaper model answer, before too much is spent.",
  emptyMember: "Calls cost what they cost. The admins of this workspace can set a budget.",
  failed: "The budgets could not be read.",
  scopes: { installation: "This Stoa", workspace: "Workspace", user: "Person", key: "API key" },
  periods: { day: "a day", month: "a month" },
  of: (spent: string, limit: string) => `${spent} of ${limit}`,
  promised: (amount: string) => `${amount} promised to answers under way`,
  promisedFor: "Of an answer whose server has died, all that was promised counts as spent after an hour.",
  anew: (when: string) => `begins anew ${when}`,
  anewOn: (day: string) => `begins anew on ${day}`,
  locked: "Set by an administrator",
  policies: {
    refuse: "calls are refused when it is used up",
    wait: "calls wait when it is used up, then are refused",
    cheaper: (model: string, percent: number) => `from ${number(percent)} % on, ${model} answers`,
  },
  spent: (whose: string) => `Spent: ${whose}`,
  change: "Change",
  changeNamed: (whose: string) => `Change the budget: ${whose}`,
  remove: "Remove",
  removeNamed: (whose: string) => `Remove the budget: ${whose}`,
  removeTitle: (whose: string) => `Remove the budget of ${whose}?`,
  removeText: "From then on nothing limits these calls but other budgets. What was spent is forgotten.",
  removed: "The budget is removed.",
  changeTitle: "Change the budget",
  budget: "Budget…",
  budgetNamed: (key: string) => `Budget… for ${key}`,
  titleOf: (whose: string) => `Budget of ${whose}`,
  scope: "For whom",
  everybody: "Everybody together",
  person: "One person",
  email: "Email address",
  emailMissing: "Whose calls it limits",
  period: "Each",
  day: "Day",
  month: "Month",
  amount: "Amount in US dollars",
  amountHint: "Days and months begin at midnight UTC.",
  amountWrong: (most: number) => `A number between 0 and ${number(most)}`,
  whenSpent: "When it is used up",
  choices: {
    refuse: "Refuse calls",
    wait: "Let calls wait, then refuse",
    cheaper: "A cheaper model answers",
  },
  cheaperModel: "Cheaper model",
  cheaperHint: "At the limit only a model without a price goes on.",
  choose: "Choose a model",
  modelMissing: "The model that takes over",
  cheaperFrom: "From this part of the budget on, in percent",
  percentWrong: "A whole number from 1 to 100",
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./texts.de"));
