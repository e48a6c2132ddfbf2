/** Joins the standings with the names of the models and with what may be done with one. Loaded when one goes there. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { explain } from "../api/problem";
import type { Me, Model, Workspace } from "../api/types";
import { usePreferences, useSavePreferences } from "../features/accounts/use-preferences";
import { useUpdateSettings } from "../features/admin/queries";
import LeaderboardPage from "../features/conversations/compare/leaderboard-page";
import { texts } from "../features/conversations/compare/leaderboard-texts";
import { tagsQuery } from "../features/conversations/compare/queries";
import { modelsQuery } from "../features/models/queries";
import { RuleUse } from "../features/routing/rule-use";
import { useTexts } from "../i18n/use-texts";
import { showToast } from "../ui/toast";
import { shellRoute } from "./shell";

export default function Leaderboard({ workspace }: { workspace: Workspace }) {
  const t = useTexts(texts);
  const { me } = shellRoute.useRouteContext();
  const { data: models = [] } = useQuery(modelsQuery(workspace.id));
  const { data: tags = [] } = useQuery(tagsQuery(workspace.id));
  const runs = workspace.role === "owner" || workspace.role === "admin";
  const modelName = (id: string) => nameAmong(models, id);
  return (
    <LeaderboardPage
      workspace={workspace.id}
      modelName={modelName}
      compare={
        <Link
          to="/w/$workspace/$page"
          params={{ workspace: workspace.slug, page: "compare" }}
          className="button primary"
        >
          {t.compare}
        </Link>
      }
      useIt={(found) => (
        <ul className="cheapest-uses">
          <Uses me={me} model={found.model} name={modelName(found.model)} models={models} />
          {runs && (found.tag || tags.length > 0) && (
            <RuleUse workspace={workspace.id} found={found} modelName={modelName} />
          )}
        </ul>
      )}
    />
  );
}

/** With its connection, when another one offers a model of the same name. */
function nameAmong(models: readonly Model[], id: string): string {
  const model = models.find((each) => each.id === id);
  if (!model) return id;
  const twins = models.some(({ id: other, name }) => other !== id && name === model.name);
  return twins ? `${model.name} · ${model.connection}` : model.name;
}

interface UsesProps {
  me: Me;
  model: string;
  name: string;
  models: readonly Model[];
}

/** Makes it what new conversations begin with: one's own, and for administrators everybody's. */
function Uses({ me, model, name, models }: UsesProps) {
  const t = useTexts(texts);
  const { default_model } = usePreferences(me);
  const prefer = useSavePreferences();
  const settings = useUpdateSettings();
  const onError = (error: unknown) => showToast({ text: explain(error), tone: "danger" });
  const said = (text: string) => ({ onSuccess: () => showToast({ text }), onError });
  const uses = [
    {
      label: t.forMe,
      note: default_model === model ? t.mineAlready : t.forMeNote,
      done: default_model === model,
      busy: prefer.isPending,
      run: () => prefer.mutate({ default_model: model }, said(t.nowMine(name))),
    },
    ...(me.user.is_admin
      ? [
          {
            label: t.forAll,
            note: models.some(({ id, is_default }) => is_default && id === model) ? t.allAlready : t.forAllNote,
            done: models.some(({ id, is_default }) => is_default && id === model),
            busy: settings.isPending,
            run: () => settings.mutate({ default_model: model }, said(t.nowAll(name))),
          },
        ]
      : []),
  ];
  return (
    <>
      {uses.map(({ label, note, done, busy, run }) => (
        <li key={label}>
          <button type="button" className="button" disabled={done || busy} onClick={run}>
            {label}
          </button>
          <span className="hint">{note}</span>
        </li>
      ))}
    </>
  );
}
