/** The words of the button that names the model. The list has its own catalogue, loaded with it. */
import { catalogue } from "../../i18n/catalogue";

const en = {
  model: "Model",
  choose: "Choose a model",
  none: "No model",
  instead: (model: string) => `${model} can not be used now, this one answers instead`,
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./texts.de"));
