/** One member: role, and what the caller may do about them. A change of role shows at once and goes back when it is refused. */
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { explain } from "../../../api/problem";
import type { Me, Member, Role, Workspace } from "../../../api/types";
import { useTexts } from "../../../i18n/use-texts";
import { Icon } from "../../../ui/icon";
import { Menu, type MenuEntry } from "../../../ui/menu";
import { onDemand } from "../../../ui/overlays/lazy";
import { showToast } from "../../../ui/toast";
import { membersQuery, removeMember, useChangeRole, useReenter, useRefreshMe } from "../queries";
import { GIVEN_ROLES, rightsOver } from "../roles";
import { texts as roleTexts } from "../texts";
import { texts } from "./texts";

const confirm = onDemand(() => import("../../../ui/confirm"));

interface MemberRowProps {
  member: Member;
  me: Me;
  workspace: Workspace;
}

type Question = { about: "leave" | "takeOut" | "handOver" } | { about: "ownRole"; role: Role };

export function MemberRow({ member, me, workspace }: MemberRowProps) {
  const t = useTexts(texts);
  const { roles } = useTexts(roleTexts);
  const changeRole = useChangeRole(workspace.id);
  const [question, setQuestion] = useState<Question>();
  const self = member.user_id === me.user.id;
  const name = member.name || member.email;
  const rights = rightsOver(
    { id: member.user_id, role: member.role },
    { id: me.user.id, role: workspace.role },
    workspace.personal,
  );

  const give = (role: Role) =>
    changeRole.mutate(
      { user: member.user_id, role },
      {
        onSuccess: () => showToast({ text: t.roleChanged(name, roles[role]) }),
        onError: (error) => showToast({ text: explain(error), tone: "danger" }),
      },
    );
  const choose = (role: Role) => {
    confirm.preload();
    // Whoever takes the keys out of their own hand can not take them back.
    if (self) setQuestion({ about: "ownRole", role });
    else give(role);
  };

  const entries: MenuEntry[] = [];
  if (rights.handOver)
    entries.push({ label: t.handOver, icon: "key", onSelect: () => setQuestion({ about: "handOver" }) });
  if (rights.remove)
    entries.push({ label: t.takeOut, icon: "close", danger: true, onSelect: () => setQuestion({ about: "takeOut" }) });
  if (rights.leave)
    entries.push({ label: t.leaveEntry, icon: "leave", danger: true, onSelect: () => setQuestion({ about: "leave" }) });

  return (
    <li>
      <span className="avatar" aria-hidden="true">
        {name.slice(0, 1).toUpperCase()}
      </span>
      <div className="row-main">
        <p className="row-title">
          {name} {self && <span className="badge">{t.you}</span>}
        </p>
        <p className="row-note">
          {member.email} · {t.joined(member.joined_at)}
        </p>
      </div>
      <div className="member-end">
        {rights.changeRole ? (
          <div className="field compact">
            <select
              aria-label={t.roleOf(name)}
              value={member.role}
              onChange={(event) => choose(event.target.value as Role)}
            >
              {GIVEN_ROLES.map((role) => (
                <option key={role} value={role}>
                  {roles[role]}
                </option>
              ))}
            </select>
          </div>
        ) : (
          <span className="member-role">{roles[member.role]}</span>
        )}
        {entries.length > 0 ? (
          <Menu
            label={t.moreAbout(name)}
            button={<Icon name="more" />}
            buttonClass="button quiet icon-only"
            align="end"
            entries={entries}
          />
        ) : (
          <span className="member-gap" />
        )}
      </div>
      {question && (
        <Ask
          question={question}
          member={member}
          workspace={workspace}
          name={name}
          onClose={() => setQuestion(undefined)}
        />
      )}
    </li>
  );
}

interface AskProps {
  question: Question;
  member: Member;
  workspace: Workspace;
  name: string;
  onClose: () => void;
}

/** The question before what can not simply be taken back. */
function Ask({ question, member, workspace, name, onClose }: AskProps) {
  const t = useTexts(texts);
  const { roles } = useTexts(roleTexts);
  const client = useQueryClient();
  const navigate = useNavigate();
  const refreshMe = useRefreshMe();
  const reenter = useReenter();
  const changeRole = useChangeRole(workspace.id);
  const user = member.user_id;

  switch (question.about) {
    case "leave": {
      const leave = async () => {
        await removeMember(workspace.id, user);
        await refreshMe();
        showToast({ text: t.left(workspace.name) });
        await navigate({ to: "/" });
      };
      return (
        <confirm.Component title={t.leaveTitle(workspace.name)} action={t.leave} onConfirm={leave} onClose={onClose}>
          <p>{t.leaveText}</p>
        </confirm.Component>
      );
    }
    case "takeOut": {
      const takeOut = async () => {
        await removeMember(workspace.id, user);
        showToast({ text: t.takenOut(name) });
        void client.invalidateQueries({ queryKey: membersQuery(workspace.id).queryKey });
      };
      return (
        <confirm.Component title={t.takeOutTitle(name)} action={t.takeOutAction} onConfirm={takeOut} onClose={onClose}>
          <p>{t.takeOutText(name)}</p>
        </confirm.Component>
      );
    }
    case "handOver": {
      const handOver = async () => {
        await changeRole.mutateAsync({ user, role: "owner" });
        showToast({ text: t.handedOver(name) });
        await reenter();
      };
      return (
        <confirm.Component
          title={t.handOverTitle(name)}
          action={t.handOverAction}
          onConfirm={handOver}
          onClose={onClose}
        >
          <p>{t.handOverText(name)}</p>
        </confirm.Component>
      );
    }
    case "ownRole": {
      const change = async () => {
        await changeRole.mutateAsync({ user, role: question.role });
        await reenter();
      };
      return (
        <confirm.Component title={t.ownRoleTitle} action={t.ownRoleAction} onConfirm={change} onClose={onClose}>
          <p>{t.ownRoleText(roles[question.role])}</p>
        </confirm.Component>
      );
    }
  }
}
