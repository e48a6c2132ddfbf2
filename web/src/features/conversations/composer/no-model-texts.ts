/** The words of a workspace without a model. */
import { catalogue } from "../../../i18n/catalogue";

const en = {
  none: "There is no model yet",
  unusable: "No model can be used right now",
  noneAdmin: "Add the key of a provider, or the address of a server of your own. Then everybody here can write.",
  noneMember: "Add a key of your own, or ask an administrator to add a provider for everybody.",
  unusableNote: (model: string, reason: string) => `${model}: ${reason}`,
  addKey: "Add a provider key",
  ownKeys: "Your provider keys",
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./no-model-texts.de"));
