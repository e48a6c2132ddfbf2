import type { Texts } from "./data-table-texts";

const de: Texts = { orderBy: "Sortieren nach" };

export default de;
