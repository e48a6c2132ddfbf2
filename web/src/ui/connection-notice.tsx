/** A plain word while the server can not be reached. It goes away by itself. */
import { useSyncExternalStore } from "react";
import { connection } from "../api/connection";
import { useTexts } from "../i18n/use-texts";
import { texts } from "./texts";

export function ConnectionNotice() {
  const t = useTexts(texts);
  const state = useSyncExternalStore(connection.subscribe, connection.current);
  return (
    <div className="connection-notice" role="status">
      {state === "lost" && t.lost}
    </div>
  );
}
