import type { Texts } from "./palette-texts";

const de: Texts = {
  palette: "Befehle",
  help: "Tastenkürzel",
};

export default de;
