/** The words of the pages on connections to providers. */
import { catalogue } from "../../i18n/catalogue";
import { ago, duration, number } from "../../i18n/format";

const models = (count: number) => (count === 1 ? "1 model" : `${number(count)} models`);

const en = {
  pages: {
    user: {
      title: "Your provider keys",
      about: "Models that only you use, in all your workspaces, with a key of your own.",
      list: "Your connections",
    },
    workspace: {
      title: "Provider connections",
      about: "Models for everybody in this workspace, and for nobody else.",
      list: "Connections of this workspace",
    },
    system: {
      title: "Provider connections",
      about: "Models for everybody who has an account here.",
      list: "Connections of the installation",
    },
  },
  personalNote: "This workspace is yours alone. A key for all your workspaces belongs under",
  welcome: "Connect your first provider",
  welcomeText: "Choose where your models come from. One is enough to begin, and others can follow at any time.",
  welcomeOwn: "Connect a provider",
  welcomeOwnText: "With a key of your own you use its models here. Nobody else sees or spends it.",
  welcomeWorkspaceText: "Everybody in this workspace can then use its models. The key itself is shown to nobody.",
  add: "Add a provider",
  addTitle: "Which provider?",
  cancel: "Cancel",
  back: "Another provider",
  onlyManagers: "Administrators of the workspace connect providers. You can use a key of your own:",
  noneHere: "This workspace has no connections of its own.",
  others: "Also there for you",
  othersAbout: "Their models can be used here as well.",
  from: { system: "From the installation", workspace: "From the workspace", user: "Yours" },
  builtin: "Comes with Stoa",
  failed: "Try again",

  serverName: "Another server",
  serverKind: "OpenAI-compatible",
  serverDefault: "Own server",
  connectServer: "Connect a server",
  mockName: "Mock models",
  localName: "Models of this server",
  notes: {
    openai: "GPT models. Needs an API key.",
    anthropic: "Claude models. Needs an API key.",
    gemini: "Gemini models. Needs an API key.",
    openrouter: "Models of many providers with one key.",
    ollama: "Open models on your own machine. Needs no key.",
    server: "Compatible with OpenAI: vLLM, LM Studio, llama.cpp, …",
    mock: "Scripted answers, for trying things out.",
  },

  // The form.
  connect: (name: string) => `Connect ${name}`,
  edit: (name: string) => `Edit “${name}”`,
  key: "API key",
  keyOptional: "API key (optional)",
  keyHint: "Stored encrypted and never shown again.",
  keyGet: "Get a key",
  keyStored: (hint: string) => `${hint} is stored. Leave this empty to keep it.`,
  keyNone: "No key is stored.",
  showKey: "Show key",
  hideKey: "Hide key",
  address: "Address",
  addressHint: "The root of the API. Usually it ends in /v1.",
  addressOptional: "Only when it is not the usual one.",
  addressOutside: "It has to be reachable from the internet; one inside your network is an administrator’s to connect.",
  addressFrom: "As the machine on which Stoa runs sees it. From a container, that machine is host.docker.internal.",
  addressPlaceholder: "https://llm.example.com/v1",
  usual: "Usual addresses",
  name: "Name",
  slug: "Short name",
  slugHint: (slug: string) => `Its models are called ${slug}/…`,
  slugChange: "Conversations that use its models have to choose one again.",
  more: "More settings",
  headers: "Additional headers",
  headersHint: "Sent with every request. Their values are stored encrypted and never shown again.",
  headersStored: (names: string) => `Stored: ${names}`,
  headersReplace: "Replace",
  headersKeep: "Keep the stored ones",
  headersReplaceHint: "These take the place of all that are stored.",
  headerName: (index: number) => `Name of header ${index}`,
  headerValue: (index: number) => `Value of header ${index}`,
  headerNamePlaceholder: "Name",
  headerValuePlaceholder: "Value",
  headerAdd: "Add a header",
  headerRemove: (index: number) => `Remove header ${index}`,
  faults: {
    nameMissing: "Give it a name.",
    slugWrong: "Letters, digits, - and _, at most 64, beginning with a letter or a digit.",
    slugReserved: "This short name stands for models that come with Stoa. Choose another.",
    slugTaken: "Another connection has this short name. Choose another.",
    addressMissing: "Where is the server?",
    addressWrong: "An address looks like https://llm.example.com/v1, without “?” and “#”.",
    addressSecret: "No user or password in the address. Put a credential into the key or a header.",
    keyMissing: "The provider needs a key.",
    keyWrong: "A key has no spaces. Was something else copied along?",
    keyAgain: "This address is another host. Enter the key again, so that it goes nowhere by mistake.",
    headersWrong: "A header has a name of letters, digits and -.",
    headersAgain: "This address is another host. Enter the headers again.",
  },
  refused: (message: string) => `The server does not take this: ${message}`,
  test: "Test",
  testing: "Testing…",
  connectAction: "Connect",
  connecting: "Connecting…",
  save: "Save",
  saving: "Saving…",
  saveAnyway: "Connect anyway",
  works: (count: number, ms: number) =>
    count > 0
      ? `It works: ${models(count)}, answered in ${duration(ms)}.`
      : `It answers, in ${duration(ms)}, but names no models.`,
  outcomes: {
    upstream_unreachable:
      "The server can not be reached. Check the address, and that it is running and reachable from the machine on which Stoa runs.",
    upstream_timeout: "There was no answer within 10 seconds. Is the server still starting?",
    upstream_error:
      "The provider answered with an error. If you gave an address: it is the root of the API and usually ends in /v1.",
    upstream_authentication: "The provider refused the key. Is it complete, still valid, and for this provider?",
  } as Record<string, string>,

  // A row.
  models,
  health: {
    ok: "Works",
    unknown: "Not asked yet",
    failing: "Fails",
    suspended: "Paused after failures",
    key_refused: "Key refused",
    disabled: "Off",
    misconfigured: "Needs attention",
  },
  asked: (time: string) => `last read ${ago(time)}`,
  keyEnds: (hint: string) => `key ${hint}`,
  enabled: (name: string) => `Use “${name}”`,
  testOf: (name: string) => `Test “${name}”`,
  moreAbout: (name: string) => `More about “${name}”`,
  editEntry: "Edit…",
  deleteEntry: "Delete…",
  deleteTitle: (name: string) => `Delete “${name}”?`,
  deleteText: "Its key is deleted with it. Conversations stay, and have to choose another model to go on.",
  deleteAction: "Delete connection",
  deleted: (name: string) => `“${name}” is deleted.`,
  saved: "Saved",

  // Connected.
  reading: (name: string) => `${name} is connected. Its models are being read…`,
  ready: (name: string, count: number) =>
    count === 1
      ? `${name} is connected. 1 model can be used now.`
      : `${name} is connected. ${models(count)} can be used now.`,
  notReady: (name: string) => `${name} is saved, but its models could not be read.`,
  start: "Start a conversation",
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./texts.de"));
