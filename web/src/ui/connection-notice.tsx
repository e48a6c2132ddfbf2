/** A plain word while the server can not be reached. It goes away by itself. */
import { useSyncExternalStore } from "react";
import { connection } from "../api/connection";

export function ConnectionNotice() {
  const state = useSyncExternalStore(connection.subscribe, connection.current);
  return (
    <div className="connection" role="status">
      {state === "lost" && "Connection lost. Trying again…"}
    </div>
  );
}
