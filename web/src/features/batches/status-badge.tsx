/** How a batch is, in a word. */
import type { BatchStatus } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { texts } from "./texts";

const TONES: Record<BatchStatus, string> = {
  running: "busy",
  paused: "warn",
  completed: "good",
  cancelled: "",
  failed: "danger",
};

export function StatusBadge({ status }: { status: BatchStatus }) {
  const t = useTexts(texts);
  return <span className={`badge ${TONES[status]}`}>{t.status[status]}</span>;
}
