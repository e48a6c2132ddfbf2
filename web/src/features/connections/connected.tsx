/** A provider was just connected: waits until its models have been read, says how many there are, and leads to a conversation. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect } from "react";
import type { Connection, Workspace } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Callout } from "../../ui/callout";
import { connectionsQuery, modelCountsQuery, useRefresh } from "./queries";
import { texts } from "./texts";

const LOOK_AGAIN_MS = 700;

export function Connected({ connection, workspace }: { connection: Connection; workspace: Workspace }) {
  const t = useTexts(texts);
  const refresh = useRefresh();
  const { data: count } = useQuery({
    ...modelCountsQuery(workspace.id),
    select: (models) =>
      models.filter(
        ({ connection_id, available, capabilities }) =>
          connection_id === connection.id && available && capabilities.chat,
      ).length,
    refetchInterval: ({ state }) =>
      state.data?.some(({ connection_id }) => connection_id === connection.id) ? false : LOOK_AGAIN_MS,
  });
  const { data: state } = useQuery({
    ...connectionsQuery(workspace.id),
    select: (all) => all.find(({ id }) => id === connection.id)?.health.state,
  });
  // The chat begins with the models that it knows: they are read again before one goes there.
  const ready = Boolean(count);
  useEffect(() => {
    if (ready) void refresh();
  }, [ready]);

  if (count)
    return (
      <Callout
        tone="good"
        actions={
          <Link to="/w/$workspace" params={{ workspace: workspace.slug }} className="button">
            {t.start}
          </Link>
        }
      >
        {t.ready(connection.name, count)}
      </Callout>
    );
  if (state === "disabled") return null;
  if (state && state !== "unknown" && state !== "ok") return <Callout>{t.notReady(connection.name)}</Callout>;
  return <Callout tone="quiet">{t.reading(connection.name)}</Callout>;
}
