/** Inviting somebody: makes a link, shows it once, and lists what is still open. For those who manage the workspace. */
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useRef, useState } from "react";
import { ApiError, explain, fieldErrors } from "../../../api/problem";
import type { Invitation, Role, Workspace } from "../../../api/types";
import { useTexts } from "../../../i18n/use-texts";
import { Callout } from "../../../ui/callout";
import { CopyButton } from "../../../ui/copy-button";
import { Field, Select } from "../../../ui/field";
import { Icon } from "../../../ui/icons";
import { Panel } from "../../../ui/panel";
import { Skeleton } from "../../../ui/states";
import { showToast } from "../../../ui/toast";
import { openInvitationsQuery, useInvite, useRevoke } from "../queries";
import { GIVEN_ROLES } from "../roles";
import { texts as roleTexts } from "../texts";
import { texts } from "./texts";

export function Invitations({ workspace }: { workspace: Workspace }) {
  const t = useTexts(texts);
  return (
    <>
      <Panel title={t.invite} about={t.inviteAbout}>
        <InviteForm workspace={workspace} />
      </Panel>
      <Panel title={t.open} about={t.openAbout} rows>
        <OpenInvitations workspace={workspace} />
      </Panel>
    </>
  );
}

function InviteForm({ workspace }: { workspace: Workspace }) {
  const t = useTexts(texts);
  const { roles } = useTexts(roleTexts);
  const invite = useInvite(workspace.id);
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("member");
  const [wrong, setWrong] = useState(false);
  const [made, setMade] = useState<Invitation>();
  const field = useRef<HTMLFormElement>(null);

  const member = invite.error instanceof ApiError && invite.error.code === "already_exists";
  const errors = fieldErrors(invite.error);
  const emailError = wrong || errors.email ? (member ? t.alreadyMember : t.emailWrong) : undefined;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const address = email.trim();
    if (!/^[^@\s]+@[^@\s]+$/.test(address)) {
      setWrong(true);
      field.current?.querySelector("input")?.focus();
      return;
    }
    invite.mutate(
      { email: address, role },
      {
        onSuccess: (invitation) => {
          setMade(invitation);
          setEmail("");
        },
      },
    );
  };

  return (
    <>
      <form ref={field} className="invite-form" onSubmit={submit} noValidate>
        <Field
          label={t.email}
          type="email"
          inputMode="email"
          autoComplete="off"
          placeholder={t.emailPlaceholder}
          value={email}
          error={emailError}
          onChange={(event) => {
            setEmail(event.target.value);
            setWrong(false);
            if (invite.isError) invite.reset();
          }}
        />
        <Select
          label={t.role}
          value={role}
          hint={t.about[role]}
          onChange={(event) => setRole(event.target.value as Role)}
        >
          {GIVEN_ROLES.map((each) => (
            <option key={each} value={each}>
              {roles[each]}
            </option>
          ))}
        </Select>
        <button type="submit" className="button primary" disabled={invite.isPending}>
          {invite.isPending ? t.making : t.makeLink}
        </button>
      </form>
      {invite.isError && !emailError && <Callout tone="danger">{explain(invite.error)}</Callout>}
      {made?.token && <Link invitation={made} token={made.token} onDone={() => setMade(undefined)} />}
    </>
  );
}

function Link({ invitation, token, onDone }: { invitation: Invitation; token: string; onDone: () => void }) {
  const t = useTexts(texts);
  const address = `${location.origin}/invitation/${token}`;
  return (
    <div className="link-box" role="status">
      <p>{t.linkOnce(invitation.email)}</p>
      <input
        readOnly
        aria-label={t.linkFor(invitation.email)}
        value={address}
        // Selected whole, for browsers in which the button may not copy.
        onFocus={(event) => event.target.select()}
      />
      <div className="link-actions">
        <CopyButton key={address} text={address} label={t.copyLink} />
        <button type="button" className="button quiet" onClick={onDone}>
          {t.done}
        </button>
      </div>
    </div>
  );
}

function OpenInvitations({ workspace }: { workspace: Workspace }) {
  const t = useTexts(texts);
  const { roles } = useTexts(roleTexts);
  const { data, error } = useQuery(openInvitationsQuery(workspace.id));
  const revoke = useRevoke(workspace.id);
  if (error && !data)
    return (
      <div className="panel-body">
        <Callout tone="danger">{explain(error)}</Callout>
      </div>
    );
  if (!data) return <Skeleton lines={2} />;
  if (data.length === 0)
    return (
      <div className="panel-body">
        <p className="hint">{t.noneOpen}</p>
      </div>
    );
  const takeBack = ({ id, email }: Invitation) =>
    revoke.mutate(id, {
      onSuccess: () => showToast({ text: t.revoked(email) }),
      onError: (problem) => showToast({ text: explain(problem), tone: "danger" }),
    });
  return (
    <ul className="rows">
      {data.map((invitation) => (
        <li key={invitation.id}>
          <div className="row-main">
            <p className="row-title">{invitation.email}</p>
            <p className="row-note">
              {roles[invitation.role]} · {t.expires(invitation.expires_at)}
            </p>
          </div>
          <button
            type="button"
            className="button quiet icon-only"
            aria-label={t.revoke(invitation.email)}
            title={t.revoke(invitation.email)}
            onClick={() => takeBack(invitation)}
          >
            <Icon name="trash" />
          </button>
        </li>
      ))}
    </ul>
  );
}
