/** A button with the list of models, for pages on which several are chosen. */
import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import type { Model, Workspace } from "../api/types";
import { texts } from "../features/conversations/compare/start-texts";
import { useTexts } from "../i18n/use-texts";
import { Icon } from "../ui/icons";
import { Popover } from "../ui/popover";
import { Skeleton } from "../ui/states";
import "../features/models/models.css";

const ModelList = lazy(() => import("../features/models/model-list"));

interface AddModelProps {
  workspace: Workspace;
  models: readonly Model[];
  onChoose: (model: string) => void;
}

export function AddModel({ workspace, models, onChoose }: AddModelProps) {
  const t = useTexts(texts);
  const navigate = useNavigate();
  return (
    <Popover
      label={t.add}
      button={
        <>
          <Icon name="plus" />
          {t.add}
        </>
      }
      buttonClass="button quiet"
      worded
      panelClass="models-panel"
    >
      {(close) => (
        <Suspense fallback={<Skeleton lines={6} />}>
          <ModelList
            workspace={workspace.id}
            models={models}
            chosen={undefined}
            onChoose={(model) => {
              close();
              onChoose(model);
            }}
            onManage={() => {
              close();
              void navigate({
                to: "/w/$workspace/settings/$page",
                params: { workspace: workspace.slug, page: "my-connections" },
              });
            }}
          />
        </Suspense>
      )}
    </Popover>
  );
}
