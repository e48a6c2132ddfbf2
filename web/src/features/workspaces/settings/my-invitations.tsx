/** The invitations addressed to the user, with yes and no. Nothing when there is none. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { explain } from "../../../api/problem";
import type { Invitation } from "../../../api/types";
import { useTexts } from "../../../i18n/use-texts";
import { Panel } from "../../../ui/panel";
import { showToast } from "../../../ui/toast";
import { myInvitationsQuery } from "../my-invitations-query";
import { useAnswerInvitation } from "../queries";
import { texts as roleTexts } from "../texts";
import { texts } from "./texts";

export function MyInvitations() {
  const t = useTexts(texts);
  const { data: invitations } = useQuery(myInvitationsQuery);
  if (!invitations?.length) return null;
  return (
    <Panel title={t.toYou} rows>
      <ul className="rows">
        {invitations.map((invitation) => (
          <InvitationRow key={invitation.id} invitation={invitation} />
        ))}
      </ul>
    </Panel>
  );
}

function InvitationRow({ invitation }: { invitation: Invitation }) {
  const t = useTexts(texts);
  const { roles } = useTexts(roleTexts);
  const navigate = useNavigate();
  const answer = useAnswerInvitation();
  const name = invitation.workspace_name;
  const give = (accept: boolean) =>
    answer.mutate(
      { invitation: invitation.id, accept },
      {
        onSuccess: (joined) => {
          showToast({ text: joined ? t.welcome(joined.name) : t.declined });
          if (joined) void navigate({ to: "/w/$workspace", params: { workspace: joined.slug } });
        },
        onError: (error) => showToast({ text: explain(error), tone: "danger" }),
      },
    );
  return (
    <li>
      <span className="avatar square" aria-hidden="true">
        {name.slice(0, 1).toUpperCase()}
      </span>
      <div className="row-main">
        <p className="row-title">{name}</p>
        <p className="row-note">{t.asRole(roles[invitation.role], invitation.expires_at)}</p>
      </div>
      <div className="row-buttons">
        <button
          type="button"
          className="button"
          aria-label={t.declineTo(name)}
          disabled={answer.isPending}
          onClick={() => give(false)}
        >
          {t.decline}
        </button>
        <button
          type="button"
          className="button primary"
          aria-label={t.acceptTo(name)}
          disabled={answer.isPending}
          onClick={() => give(true)}
        >
          {t.accept}
        </button>
      </div>
    </li>
  );
}
