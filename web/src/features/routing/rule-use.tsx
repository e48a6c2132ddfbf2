/** One click on the leaderboard: the model that is good enough for less becomes the rule for the tag of the votes. For admins. */
import { useQuery } from "@tanstack/react-query";
import { explain } from "../../api/problem";
import { useTexts } from "../../i18n/use-texts";
import { showToast } from "../../ui/toast";
import { useSetRule, workspaceRoutesQuery } from "./queries";
import { texts } from "./texts";

interface RuleUseProps {
  workspace: string;
  found: { model: string; than: string; margin: number; tag: string };
  modelName: (id: string) => string;
}

export function RuleUse({ workspace, found, modelName }: RuleUseProps) {
  const t = useTexts(texts);
  const { tag, than, margin } = found;
  const { data: routes = [] } = useQuery(workspaceRoutesQuery(workspace));
  const rule = useSetRule(workspace);
  if (tag === "")
    return (
      <li>
        <span className="hint">{t.chooseTag}</span>
      </li>
    );
  const now = routes.find((route) => route.scope === "workspace" && route.tag === tag);
  const first = now?.targets[0]?.model;
  const set = () =>
    rule.mutate(
      { tag, not_worse_than: than, margin },
      {
        onSuccess: ({ model }) => showToast({ text: t.nowRule(model, tag) }),
        onError: (error) => showToast({ text: explain(error), tone: "danger" }),
      },
    );
  return (
    <li>
      <button type="button" className="button" disabled={rule.isPending} onClick={set}>
        {t.makeRule(tag)}
      </button>
      <span className="hint">
        {t.makeRuleNote(tag)} {now && first && t.ruleBefore(now.model, modelName(first))}
      </span>
    </li>
  );
}
