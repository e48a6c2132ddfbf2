/** Whether the model of a conversation is an agent behind a company gateway, and then which one: it can be sent files of its own. */
import type { Model } from "../../../../api/types";

export interface Agent {
  connection: string;
  /** What the gateway calls it: its name here without the connection's. */
  id: string;
  name: string;
}

export function agentOf(models: readonly Model[], chosen: string | undefined): Agent | undefined {
  const model = models.find(({ id }) => id === chosen);
  // A route to agents is not one of them.
  if (model?.kind !== "fabrix" || model.id.startsWith("route/")) return undefined;
  return { connection: model.connection_id, id: model.id.slice(model.id.indexOf("/") + 1), name: model.name };
}
