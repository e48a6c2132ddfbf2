/** Joins the batches with the models that are asked, and with the conversations that are asked again. Loaded when one goes there. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { Workspace } from "../api/types";
import BatchesPage, { type BatchesSearch } from "../features/batches/batches-page";
import { texts } from "../features/batches/start-texts";
import { ModelSet } from "../features/conversations/compare/model-set";
import { modelsQuery } from "../features/models/queries";
import { useTexts } from "../i18n/use-texts";
import { Failed } from "../ui/failed";
import { Skeleton } from "../ui/states";
import { AddModel } from "./add-model";
import "../features/conversations/compare/start.css";

interface BatchesProps {
  workspace: Workspace;
  search: BatchesSearch;
  onSearch: (next: BatchesSearch, replace?: boolean) => void;
}

export default function Batches({ workspace, search, onSearch }: BatchesProps) {
  const t = useTexts(texts);
  const navigate = useNavigate();
  const query = useQuery(modelsQuery(workspace.id));
  if (query.isPending) return <Skeleton lines={8} />;
  if (!query.data) return <Failed error={query.error} onAgain={() => void query.refetch()} />;
  const models = query.data;
  return (
    <BatchesPage
      workspace={workspace}
      models={models}
      search={search}
      onSearch={onSearch}
      renderModelSet={(chosen, onChange) => (
        <ModelSet
          models={models}
          chosen={chosen}
          nameLabel={t.modelName}
          onChange={onChange}
          renderModels={(onChoose) => <AddModel workspace={workspace} models={models} onChoose={onChoose} />}
        />
      )}
      onConversation={(conversationId) =>
        void navigate({
          to: "/w/$workspace/c/$conversationId",
          params: { workspace: workspace.slug, conversationId },
        })
      }
    />
  );
}
