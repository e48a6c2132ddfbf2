/**
 * Connecting a provider: the form, its test, and saving. What is saved was tested first, unless the user says that it shall be
 * saved all the same.
 */
import { type FormEvent, useRef, useState } from "react";
import { explain } from "../../api/problem";
import type { Connection, ConnectionScope, ConnectionTest } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Callout } from "../../ui/callout";
import { Panel } from "../../ui/panel";
import { ConnectionFields, fieldSentences } from "./connection-fields";
import { createBody, type Draft, faultsOf, newDraft } from "./draft";
import { presetName } from "./preset-name";
import type { Preset } from "./providers";
import { testNew, useCreateConnection } from "./queries";
import { TestOutcome } from "./test-outcome";
import { type Texts, texts } from "./texts";

interface ConnectFormProps {
  preset: Preset;
  scope: ConnectionScope;
  workspace: string;
  /** The short names that are in use in this scope. */
  taken: ReadonlySet<string>;
  onBack: () => void;
  onConnected: (connection: Connection) => void;
}

interface State {
  busy?: "testing" | "connecting";
  outcome?: ConnectionTest;
  error?: unknown;
}

export function ConnectForm({ preset, scope, workspace, taken, onBack, onConnected }: ConnectFormProps) {
  const t = useTexts(texts);
  const create = useCreateConnection();
  const form = useRef<HTMLFormElement>(null);
  const [draft, setDraft] = useState<Draft>(() =>
    newDraft(preset, preset.id === "server" ? t.serverDefault : preset.name || presetName(t, preset), taken),
  );
  const [tried, setTried] = useState(false);
  const [state, setState] = useState<State>({});
  const faults = faultsOf(draft, preset, taken);
  const errors = fieldSentences(t, tried ? faults : {}, state.error);
  const body = createBody(draft, preset, scope, workspace);

  const change = (part: Partial<Draft>) => {
    setDraft({ ...draft, ...part });
    setState({});
  };
  const valid = () => {
    setTried(true);
    const first = Object.keys(faults)[0];
    // After the fold has opened.
    if (first) requestAnimationFrame(() => form.current?.querySelector<HTMLElement>(`[name="${first}"]`)?.focus());
    return !first;
  };
  const test = async (busy: State["busy"]): Promise<ConnectionTest | undefined> => {
    setState({ busy });
    try {
      const outcome = await testNew(body);
      setState({ outcome });
      return outcome;
    } catch (error) {
      setState({ error });
      return undefined;
    }
  };
  const save = () => {
    setState({ busy: "connecting" });
    create.mutateAsync(body).then(onConnected, (error: unknown) => setState({ error }));
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!valid() || state.busy) return;
    const outcome = state.outcome?.ok ? state.outcome : await test("connecting");
    if (outcome?.ok) save();
  };

  const anyway = state.outcome && !state.outcome.ok && (
    <button type="button" className="button" onClick={save}>
      {t.saveAnyway}
    </button>
  );
  return (
    <Panel
      title={titleOf(t, preset)}
      about={t.notes[preset.id]}
      actions={
        <button type="button" className="button quiet" onClick={onBack}>
          {t.back}
        </button>
      }
    >
      <form ref={form} className="connection-form" onSubmit={(event) => void submit(event)} noValidate>
        <ConnectionFields draft={draft} preset={preset} scope={scope} errors={errors} taken={taken} onChange={change} />
        {state.outcome && <TestOutcome outcome={state.outcome} actions={anyway} />}
        {state.error !== undefined && Object.keys(errors).length === 0 && (
          <Callout tone="danger">{explain(state.error)}</Callout>
        )}
        <div className="actions">
          <button
            type="button"
            className="button"
            disabled={state.busy !== undefined}
            onClick={() => valid() && void test("testing")}
          >
            {state.busy === "testing" ? t.testing : t.test}
          </button>
          <button type="submit" className="button primary" disabled={state.busy !== undefined}>
            {state.busy === "connecting" ? t.connecting : t.connectAction}
          </button>
        </div>
      </form>
    </Panel>
  );
}

function titleOf(t: Texts, preset: Preset): string {
  if (preset.id === "server") return t.connectServer;
  return preset.id === "fabrix" ? t.connectGateway : t.connect(presetName(t, preset));
}
