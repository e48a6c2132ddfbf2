/** Who one is: name, address, workspaces, and the way out. */
import { Link, useNavigate, useRouter } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { explain, fieldErrors } from "../../../api/problem";
import type { Me, User } from "../../../api/types";
import { date } from "../../../i18n/format";
import { useTexts } from "../../../i18n/use-texts";
import { Callout } from "../../../ui/callout";
import { Field } from "../../../ui/field";
import { Icon } from "../../../ui/icons";
import { Page, Panel } from "../../../ui/panel";
import { SaveMark } from "../../../ui/save-mark";
import { showToast } from "../../../ui/toast";
import { useLogout } from "../queries";
import { useRename } from "./queries";
import { type Texts, texts } from "./texts";
import "./settings.css";

export default function ProfilePage({ me }: { me: Me }) {
  const t = useTexts(texts).profile;
  return (
    <Page title={t.title} about={t.about}>
      <Panel title={t.you}>
        <div className="profile-head">
          <span className="avatar profile-avatar" aria-hidden="true">
            {(me.user.name || me.user.email).slice(0, 1).toUpperCase()}
          </span>
          <div className="row-main">
            <p className="row-title">{me.user.name}</p>
            <p className="row-note">{t.since(date(me.user.created_at))}</p>
          </div>
          {me.user.is_admin && <span className="badge">{t.administrator}</span>}
        </div>
        <NameForm user={me.user} t={t} />
        <Field label={t.email} type="email" value={me.user.email} readOnly hint={t.emailHint} />
      </Panel>
      <Workspaces me={me} t={t} />
      <LogOut t={t} />
    </Page>
  );
}

type ProfileTexts = Texts["profile"];
const NAME_CHARS_MAX = 100;

function NameForm({ user, t }: { user: User; t: ProfileTexts }) {
  const router = useRouter();
  const rename = useRename();
  const [name, setName] = useState(user.name);
  const [fault, setFault] = useState<string>();
  const changed = name.trim() !== user.name;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const wanted = name.trim();
    const found = wanted ? (wanted.length > NAME_CHARS_MAX ? t.nameLong : undefined) : t.nameMissing;
    setFault(found);
    if (found || !changed) return;
    // The frame knows the name from the navigation that brought it.
    rename.mutate(wanted, { onSuccess: () => void router.invalidate() });
  };
  const error = fault ?? fieldErrors(rename.error).name;
  return (
    <form className="line-form" onSubmit={submit} noValidate>
      <Field
        label={t.name}
        value={name}
        autoComplete="name"
        required
        hint={t.nameHint}
        error={error}
        onChange={(event) => setName(event.target.value)}
      />
      <div className="line-form-end">
        <button type="submit" className="button primary" disabled={!changed || rename.isPending}>
          {t.save}
        </button>
        <SaveMark saving={rename.isPending} at={rename.isSuccess ? rename.submittedAt : 0} />
      </div>
      {rename.isError && !error && <Callout tone="danger">{explain(rename.error)}</Callout>}
    </form>
  );
}

function Workspaces({ me, t }: { me: Me; t: ProfileTexts }) {
  const home = me.workspaces[0];
  return (
    <Panel
      title={t.workspaces}
      about={t.workspacesAbout}
      rows
      actions={
        home && (
          <Link
            to="/w/$workspace/settings/$page"
            params={{ workspace: home.slug, page: "new-workspace" }}
            className="button"
          >
            <Icon name="plus" />
            {t.newWorkspace}
          </Link>
        )
      }
    >
      <ul className="rows">
        {me.workspaces.map((workspace) => (
          <li key={workspace.id}>
            <span className="avatar square" aria-hidden="true">
              {workspace.name.slice(0, 1).toUpperCase()}
            </span>
            <div className="row-main">
              <Link to="/w/$workspace" params={{ workspace: workspace.slug }} className="row-title workspace-link">
                {workspace.name}
              </Link>
              {workspace.description && <p className="row-note">{workspace.description}</p>}
            </div>
            <span className="badge">{workspace.personal ? t.personal : t.roles[workspace.role]}</span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function LogOut({ t }: { t: ProfileTexts }) {
  const navigate = useNavigate();
  const logout = useLogout();
  const leave = () =>
    logout.mutate(undefined, {
      onSuccess: () => void navigate({ to: "/login" }),
      onError: (error) => showToast({ text: explain(error), tone: "danger" }),
    });
  return (
    <Panel title={t.out} about={t.outAbout}>
      <div>
        <button type="button" className="button" disabled={logout.isPending} onClick={leave}>
          <Icon name="leave" />
          {t.out}
        </button>
      </div>
    </Panel>
  );
}
