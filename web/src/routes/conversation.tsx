/** A new conversation, and one that exists. */
import { useSuspenseQuery } from "@tanstack/react-query";
import { createRoute, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { ConversationPage } from "../features/conversations/conversation-page";
import { conversationQuery } from "../features/conversations/queries";
import { ModelPicker } from "../features/models/model-picker";
import { modelsQuery, preferredModel } from "../features/models/queries";
import { Failed } from "./root";
import { shellRoute } from "./shell";

export const newConversationRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/",
  loader: ({ context: { queryClient, workspace } }) => queryClient.ensureQueryData(modelsQuery(workspace.id)),
  component: function NewConversation() {
    return <Page />;
  },
  errorComponent: Failed,
});

export const conversationRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "c/$conversationId",
  loader: ({ context: { queryClient, workspace }, params }) =>
    Promise.all([
      queryClient.ensureQueryData(modelsQuery(workspace.id)),
      queryClient.ensureQueryData(conversationQuery(params.conversationId)),
    ]),
  component: function Conversation() {
    const { conversationId } = conversationRoute.useParams();
    return <Page key={conversationId} id={conversationId} />;
  },
  errorComponent: Failed,
});

function Page({ id }: { id?: string }) {
  const { workspace } = shellRoute.useRouteContext();
  const navigate = useNavigate();
  const { data: models } = useSuspenseQuery(modelsQuery(workspace.id));
  const [wanted, setWanted] = useState<string>();
  return (
    <ConversationPage
      workspace={workspace.id}
      id={id}
      role={workspace.role}
      modelFor={(known) => preferredModel(models, wanted ?? known)?.id}
      modelName={(model) => models.find((each) => each.id === model)?.name ?? model}
      renderPicker={(chosen, save) => (
        <ModelPicker
          models={models}
          chosen={chosen}
          onChoose={(model) => {
            setWanted(model);
            save(model);
          }}
        />
      )}
      onStarted={(conversationId) =>
        void navigate({
          to: "/w/$workspace/c/$conversationId",
          params: { workspace: workspace.slug, conversationId },
        })
      }
    />
  );
}
