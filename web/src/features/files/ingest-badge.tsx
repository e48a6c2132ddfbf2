/** How far a file has come on its way into answers. */

import { explain } from "../../api/problem";
import type { Ingest } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { texts } from "./texts";

const TONES = { none: "", queued: "", running: "busy", done: "good", failed: "danger", unsupported: "" } as const;

export function IngestBadge({ ingest }: { ingest: Ingest }) {
  const t = useTexts(texts);
  const { status, error } = ingest;
  if (status === "none") return null;
  return (
    <span className={`badge ${TONES[status]}`} title={error ? explain(error) : t.statusNote[status]}>
      {t.status[status]}
    </span>
  );
}
