/** Joins the page where a comparison begins with the models that can be asked. Loaded when one goes there. */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import type { Workspace } from "../api/types";
import { usePreferences } from "../features/accounts/use-preferences";
import StartPage from "../features/conversations/compare/start-page";
import { texts } from "../features/conversations/compare/start-texts";
import { defaultModel, useChosenModel } from "../features/models/default-model";
import { modelsQuery } from "../features/models/queries";
import { useTexts } from "../i18n/use-texts";
import { Failed } from "../ui/failed";
import { Skeleton } from "../ui/states";
import { AddModel } from "./add-model";
import { drawingFor } from "./conversation-view";
import { shellRoute } from "./shell";

export default function CompareStart({ workspace }: { workspace: Workspace }) {
  const t = useTexts(texts);
  const navigate = useNavigate();
  const { me } = shellRoute.useRouteContext();
  const { default_model: preferred } = usePreferences(me);
  const chosen = useChosenModel();
  const { id, slug } = workspace;
  const drawing = useMemo(() => drawingFor(id), [id]);
  const query = useQuery(modelsQuery(id));
  if (query.isPending) return <Skeleton lines={8} />;
  if (!query.data) return <Failed error={query.error} onAgain={() => void query.refetch()} />;
  const models = query.data;
  return (
    <StartPage
      workspace={id}
      models={models}
      usual={defaultModel(models, { chosen, preferred })?.id}
      drawing={drawing}
      mayWrite={workspace.role !== "observer"}
      renderModels={(onChoose) => <AddModel workspace={workspace} models={models} onChoose={onChoose} />}
      onStarted={(conversationId) =>
        void navigate({ to: "/w/$workspace/c/$conversationId", params: { workspace: slug, conversationId } })
      }
      leaderboard={
        <Link to="/w/$workspace/$page" params={{ workspace: slug, page: "leaderboard" }} className="button">
          {t.leaderboard}
        </Link>
      }
    />
  );
}
