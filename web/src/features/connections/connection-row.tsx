/** One connection: what it is, how it does, and for who may, the switch, the test, and the rest in a menu. */
import { useState } from "react";
import { explain } from "../../api/problem";
import type { Connection } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Callout } from "../../ui/callout";
import { Icon } from "../../ui/icon";
import { Menu } from "../../ui/menu";
import { onDemand } from "../../ui/overlays/lazy";
import { showToast } from "../../ui/toast";
import { EditForm } from "./edit-form";
import { kindName } from "./preset-name";
import { presetOf } from "./providers";
import { deleteConnection, useRefresh, useTestStored, useUpdateConnection } from "./queries";
import { TestOutcome } from "./test-outcome";
import { texts } from "./texts";

const confirm = onDemand(() => import("../../ui/confirm"));

interface ConnectionRowProps {
  connection: Connection;
  workspace: string;
  /** How many of its models can be used now; absent while that is being read. */
  models: number | undefined;
  taken: ReadonlySet<string>;
}

const TONES: Record<Connection["health"]["state"], "good" | "warn" | "danger" | ""> = {
  ok: "good",
  unknown: "",
  failing: "danger",
  suspended: "warn",
  key_refused: "danger",
  disabled: "",
  misconfigured: "danger",
};

export function ConnectionRow({ connection, workspace, models, taken }: ConnectionRowProps) {
  const t = useTexts(texts);
  const update = useUpdateConnection(workspace);
  const test = useTestStored();
  const refresh = useRefresh();
  const [asked, setAsked] = useState<"edit" | "delete">();
  const { id, name } = connection;
  const preset = presetOf(connection);

  const failed = (error: unknown) => showToast({ text: explain(error), tone: "danger" });
  const remove = async () => {
    await deleteConnection(id);
    showToast({ text: t.deleted(name) });
    void refresh();
  };
  const saved = () => {
    setAsked(undefined);
    showToast({ text: t.saved });
    if (connection.enabled) test.mutate(id);
  };

  return (
    <li className="connection">
      <span className="avatar square" aria-hidden="true">
        {name.slice(0, 1).toUpperCase()}
      </span>
      <div className="row-main">
        <p className="row-title">
          {name} <StateBadge connection={connection} />
        </p>
        <p className="row-note">{[kindName(t, connection), ...facts(t, connection, models)].join(" · ")}</p>
      </div>
      {connection.can_manage && (
        <div className="connection-end">
          <button
            type="button"
            className="button"
            aria-label={t.testOf(name)}
            disabled={test.isPending}
            onClick={() => test.mutate(id)}
          >
            {test.isPending ? t.testing : t.test}
          </button>
          <input
            type="checkbox"
            role="switch"
            className="switch"
            aria-label={t.enabled(name)}
            aria-checked={connection.enabled}
            checked={connection.enabled}
            onChange={(event) => update.mutate({ id, enabled: event.target.checked }, { onError: failed })}
          />
          <Menu
            label={t.moreAbout(name)}
            button={<Icon name="more" />}
            buttonClass="button quiet icon-only"
            align="end"
            entries={[
              { label: t.editEntry, icon: "pencil", onSelect: () => setAsked("edit"), disabled: !preset },
              { label: t.deleteEntry, icon: "trash", danger: true, onSelect: () => setAsked("delete") },
            ]}
          />
        </div>
      )}
      {asked !== "edit" && <Said connection={connection} test={test} />}
      {asked === "edit" && preset && (
        <EditForm
          connection={connection}
          preset={preset}
          workspace={workspace}
          taken={new Set([...taken].filter((slug) => slug !== connection.slug))}
          onClose={() => setAsked(undefined)}
          onSaved={saved}
        />
      )}
      {asked === "delete" && (
        <confirm.Component
          title={t.deleteTitle(name)}
          action={t.deleteAction}
          onConfirm={remove}
          onClose={() => setAsked(undefined)}
        >
          <p>{t.deleteText}</p>
        </confirm.Component>
      )}
    </li>
  );
}

/** How it does, in a word. */
export function StateBadge({ connection }: { connection: Connection }) {
  const t = useTexts(texts);
  const state = connection.enabled ? connection.health.state : "disabled";
  return <span className={`badge ${TONES[state]}`}>{t.health[state]}</span>;
}

/** The last test, else what is known to be wrong. */
function Said({ connection, test }: { connection: Connection; test: ReturnType<typeof useTestStored> }) {
  if (test.isPending) return null;
  if (test.data)
    return (
      <div className="connection-said">
        <TestOutcome outcome={test.data} />
      </div>
    );
  if (test.error)
    return (
      <div className="connection-said">
        <Callout tone="danger">{explain(test.error)}</Callout>
      </div>
    );
  const { state, last_error } = connection.health;
  if (!last_error || !connection.enabled || state === "ok" || state === "unknown") return null;
  return (
    <div className="connection-said">
      <Callout tone={state === "suspended" ? "warn" : "danger"}>{last_error}</Callout>
    </div>
  );
}

function facts(t: ReturnType<typeof texts.now>, connection: Connection, models: number | undefined): string[] {
  const { slug, key_hint, health, enabled, builtin } = connection;
  const list = [slug];
  if (builtin) list.push(t.builtin);
  if (key_hint) list.push(t.keyEnds(key_hint));
  if (enabled && models) list.push(t.models(models));
  if (enabled && health.last_ok_at) list.push(t.asked(health.last_ok_at));
  return list;
}
