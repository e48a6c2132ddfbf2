/** The words of the page where a comparison begins. */
import { catalogue } from "../../../i18n/catalogue";
import { number } from "../../../i18n/format";

const en = {
  title: "Compare models",
  lead: "One question to several models. Their answers come side by side, and you say which is best.",
  models: "Models",
  count: (count: number, max: number) => `${number(count)} of at most ${number(max)}`,
  add: "Add a model",
  notUsable: "Can not be used now",
  settingsOf: (name: string) => `Settings of ${name}`,
  twice: (name: string) => `${name} once more, with other settings`,
  remove: (name: string) => `Leave out ${name}`,
  label: "Name in this comparison",
  labelNone: "As the model",
  temperature: "Temperature",
  maxTokens: "Tokens at most",
  systemPrompt: "System prompt",
  temperatureIs: (value: number) => `Temperature ${number(value)}`,
  tokensMax: (count: number) => `At most ${number(count)} tokens`,
  ownPrompt: "Own system prompt",
  presets: "Saved sets",
  presetOf: (count: number) => (count === 1 ? "1 model" : `${number(count)} models`),
  savePreset: "Save this set…",
  renamePreset: (name: string) => `Rename “${name}”…`,
  replacePreset: (name: string) => `Put these models into “${name}”…`,
  replacePresetTitle: (name: string) => `Put these models into “${name}”?`,
  replacePresetText: (count: number) =>
    `Everybody in this workspace then chooses ${count === 1 ? "this model" : `these ${number(count)} models`} with it, and not those that were in it.`,
  replacePresetAction: "Replace the models",
  deletePreset: (name: string) => `Delete “${name}”…`,
  deletePresetTitle: (name: string) => `Delete the set “${name}”?`,
  deletePresetText: "Nobody in this workspace can choose it any more. What was asked with it stays.",
  deletePresetAction: "Delete set",
  presetName: "Name of the set",
  blind: "Hide the names",
  blindNote:
    "A blind comparison: the order is drawn, and nobody knows which model is which until you reveal it. Votes are fairer that way.",
  prompt: "Question",
  placeholder: "Ask all of them",
  drawsOn: "What you ask next in this comparison draws on it, too.",
  tooFew: "Choose at least two models",
  unusable: "One of the models can not be used now",
  empty: "Write a question",
  compare: "Compare",
  beginning: "Asking…",
  leaderboard: "Leaderboard",
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./start-texts.de"));
