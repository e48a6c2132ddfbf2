/**
 * The page behind an invitation link: who invites, to what, as what; yes or no for who is logged in, the way in for who is not.
 *
 * The token in the address is the secret; the switcher leads here by the invitation's id, which only its addressee can read.
 */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { ApiError, explain } from "../../api/problem";
import type { InvitationPreview, Me } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Callout } from "../../ui/callout";
import { Mark } from "../../ui/icon";
import { Skeleton } from "../../ui/states";
import { showToast } from "../../ui/toast";
import { texts } from "./invitation-texts";
import { invitationQuery, useAnswerInvitation } from "./queries";
import { texts as roleTexts } from "./texts";
import "./invitation.css";

interface InvitationPageProps {
  token: string;
  me: Me | null;
}

export default function InvitationPage({ token, me }: InvitationPageProps) {
  const t = useTexts(texts);
  const { data, error, isPending, refetch } = useQuery(invitationQuery(token));
  if (isPending)
    return (
      <Card title={t.title} quiet>
        <Skeleton lines={4} />
      </Card>
    );
  if (data) return <Open token={token} invitation={data} me={me} />;
  const gone = error instanceof ApiError && error.status === 404;
  return (
    <Card title={gone ? t.goneTitle : t.failedTitle}>
      <p className="lead">{gone ? t.gone : explain(error)}</p>
      <div className="invitation-actions">
        {!gone && (
          <button type="button" className="button primary large" onClick={() => void refetch()}>
            {t.tryAgain}
          </button>
        )}
        {me ? (
          <Link to="/" className="button large">
            {t.home}
          </Link>
        ) : (
          <Link to="/login" className="button large">
            {t.logIn}
          </Link>
        )}
      </div>
    </Card>
  );
}

interface OpenProps {
  token: string;
  invitation: InvitationPreview;
  me: Me | null;
}

function Open({ token, invitation, me }: OpenProps) {
  const t = useTexts(texts);
  const { roles } = useTexts(roleTexts);
  return (
    <Card title={invitation.invited_by ? t.invites(invitation.invited_by) : t.invited}>
      <dl className="invitation-facts">
        <dt>{t.to}</dt>
        <dd className="invitation-name">
          <span className="avatar square" aria-hidden="true">
            {invitation.workspace_name.slice(0, 1).toUpperCase()}
          </span>
          {invitation.workspace_name}
        </dd>
        <dt>{t.as}</dt>
        <dd>
          {roles[invitation.role]}
          <p className="hint">{t.about[invitation.role]}</p>
        </dd>
        <dt>{t.ends}</dt>
        <dd>{t.when(invitation.expires_at)}</dd>
      </dl>
      {me ? <Answer token={token} invitation={invitation} me={me} /> : <WayIn token={token} email={invitation.email} />}
    </Card>
  );
}

function WayIn({ token, email }: { token: string; email: string }) {
  const t = useTexts(texts);
  const search = { next: `/invitation/${token}`, invitation: token };
  return (
    <>
      <p className="hint">{t.enter(email)}</p>
      <div className="invitation-actions">
        <Link to="/login" search={search} className="button primary large">
          {t.logIn}
        </Link>
        <Link to="/register" search={search} className="button large">
          {t.register}
        </Link>
      </div>
    </>
  );
}

function Answer({ token, invitation, me }: OpenProps & { me: Me }) {
  const t = useTexts(texts);
  const navigate = useNavigate();
  const answer = useAnswerInvitation();
  const name = invitation.workspace_name;
  const accept = () =>
    answer.mutate(
      { invitation: token, accept: true },
      {
        onSuccess: (joined) => {
          if (!joined) return;
          showToast({ text: t.welcome(joined.name) });
          void navigate({ to: "/w/$workspace", params: { workspace: joined.slug } });
        },
      },
    );
  const decline = () =>
    answer.mutate(
      { invitation: token, accept: false },
      {
        onSuccess: () => {
          showToast({ text: t.declined(name) });
          void navigate({ to: "/" });
        },
      },
    );
  const you = me.user.email;
  return (
    <>
      {you === invitation.email ? (
        <p className="hint">{t.asYou(you)}</p>
      ) : (
        <Callout tone="quiet">{t.other(invitation.email, you)}</Callout>
      )}
      {answer.isError && <Callout tone="danger">{explain(answer.error)}</Callout>}
      <div className="invitation-actions">
        <button type="button" className="button primary large" disabled={answer.isPending} onClick={accept}>
          {answer.isPending ? t.accepting : t.accept}
        </button>
        <button type="button" className="button large" disabled={answer.isPending} onClick={decline}>
          {t.decline}
        </button>
      </div>
    </>
  );
}

/** `quiet`: the heading is not there yet. */
function Card({ title, quiet, children }: { title: string; quiet?: boolean; children: ReactNode }) {
  return (
    <main className="invitation">
      <title>{`${title} · Stoa`}</title>
      <div className="invitation-card" aria-busy={quiet || undefined}>
        <div className="invitation-brand">
          <Mark />
          <span>Stoa</span>
        </div>
        <h1 className={quiet ? "sr-only" : undefined}>{title}</h1>
        {children}
      </div>
    </main>
  );
}
