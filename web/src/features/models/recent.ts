/** The models that were used last in this browser, the last one first. */
import { keepText, readText } from "../../ui/storage";

const NAME = "models:recent";
const KEPT_MAX = 6;

export function recentModels(): string[] {
  return readText(NAME).split("\n").filter(Boolean);
}

export function noteModel(id: string): void {
  keepText(NAME, [id, ...recentModels().filter((each) => each !== id)].slice(0, KEPT_MAX).join("\n"));
}
