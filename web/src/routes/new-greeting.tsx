/** What a conversation without messages shows: joins the greeting with what is known of models and of who is here. */
import { useInfiniteQuery } from "@tanstack/react-query";
import type { Model } from "../api/types";
import { Greeting } from "../features/conversations/composer/greeting";
import { conversationsQuery } from "../features/conversations/list/list-queries";
import { shellRoute } from "./shell";

interface NewGreetingProps {
  id: string | undefined;
  models: readonly Model[];
  model: Model | undefined;
}

export default function NewGreeting({ id, models, model }: NewGreetingProps) {
  const { me, workspace } = shellRoute.useRouteContext();
  // The list at the side reads it; here it only says whether this is the first time.
  const { data: first } = useInfiniteQuery({
    ...conversationsQuery(workspace.id),
    select: (list) => list.pages[0]?.data.length === 0,
  });
  const off = models.find((each) => !each.available && each.unavailable_reason);
  return (
    <Greeting
      workspace={workspace}
      conversation={id}
      mayWrite={workspace.role !== "observer"}
      administrator={me.user.is_admin}
      model={model}
      trouble={off && { name: off.name, reason: off.unavailable_reason ?? "" }}
      first={first ?? false}
    />
  );
}
