/** Joins a comparison with the models, the files and what is around it. Loaded with the first one. */
import { useSuspenseQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { usePreferences } from "../features/accounts/use-preferences";
import ComparisonPage from "../features/conversations/compare/comparison-page";
import { modelsQuery } from "../features/models/queries";
import { drawingFor } from "./conversation-view";
import { shellRoute } from "./shell";

export default function Comparison({ id }: { id: string }) {
  const { me, workspace } = shellRoute.useRouteContext();
  const navigate = useNavigate();
  const { slug } = workspace;
  const { data: models } = useSuspenseQuery(modelsQuery(workspace.id));
  const { send_with: sendWith } = usePreferences(me);
  const drawing = useMemo(() => drawingFor(workspace.id), [workspace.id]);
  const onStarted = useCallback(
    (conversationId: string) =>
      void navigate({ to: "/w/$workspace/c/$conversationId", params: { workspace: slug, conversationId } }),
    [navigate, slug],
  );
  return (
    <ComparisonPage
      workspace={workspace.id}
      id={id}
      role={workspace.role}
      models={models}
      sendWith={sendWith}
      drawing={drawing}
      onStarted={onStarted}
      onGone={() => void navigate({ to: "/w/$workspace", params: { workspace: slug } })}
      onLeaderboard={() =>
        void navigate({ to: "/w/$workspace/$page", params: { workspace: slug, page: "leaderboard" } })
      }
    />
  );
}
