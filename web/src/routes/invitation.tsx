/** The page behind an invitation link. */
import { createRoute } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { meQuery } from "../features/accounts/queries";
import { Failed, rootRoute } from "./root";

const InvitationPage = lazy(() => import("../features/workspaces/invitation-page"));

export const invitationRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/invitation/$token",
  loader: ({ context: { queryClient } }) => queryClient.ensureQueryData(meQuery),
  component: function Invitation() {
    const me = invitationRoute.useLoaderData();
    const { token } = invitationRoute.useParams();
    return (
      <Suspense>
        <InvitationPage key={token} token={token} me={me} />
      </Suspense>
    );
  },
  errorComponent: Failed,
});
