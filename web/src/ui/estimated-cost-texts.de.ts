import type { Texts } from "./estimated-cost-texts";

const de: Texts = {
  expected: "Das wird etwa kosten:",
  most: "und höchstens",
  unpriced: (names) => `Für ${names.join(", ")} ist kein Preis bekannt: Was sie kosten, ist nicht mitgezählt.`,
};

export default de;
