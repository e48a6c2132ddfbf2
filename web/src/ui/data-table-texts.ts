/** The words of a table that can be sorted. */
import { catalogue } from "../i18n/catalogue";

const en = { orderBy: "Order by" };

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./data-table-texts.de"));
