/** Joins the standings with the names of the models. Loaded when one goes there. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Workspace } from "../api/types";
import LeaderboardPage from "../features/conversations/compare/leaderboard-page";
import { texts } from "../features/conversations/compare/leaderboard-texts";
import { modelsQuery } from "../features/models/queries";
import { useTexts } from "../i18n/use-texts";

export default function Leaderboard({ workspace }: { workspace: Workspace }) {
  const t = useTexts(texts);
  const { data: models = [] } = useQuery(modelsQuery(workspace.id));
  return (
    <LeaderboardPage
      workspace={workspace.id}
      modelName={(id) => models.find((model) => model.id === id)?.name ?? id}
      compare={
        <Link
          to="/w/$workspace/$page"
          params={{ workspace: workspace.slug, page: "compare" }}
          className="button primary"
        >
          {t.compare}
        </Link>
      }
    />
  );
}
