/** What a gateway of agents wants to know beside its token: which client asks, on whose behalf, and whether agents use what they know. */
import type { Connection } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Field, Switch } from "../../ui/field";
import { AGENT_HEADERS, type Draft, type FieldName, freshHeaders, headerOf, withHeader } from "./draft";
import { texts } from "./texts";

interface AgentFieldsProps {
  draft: Draft;
  /** The connection that is being changed. */
  before: Connection | undefined;
  errors: Partial<Record<FieldName, string>>;
  onChange: (part: Partial<Draft>) => void;
}

export function AgentFields({ draft, before, errors, onChange }: AgentFieldsProps) {
  const t = useTexts(texts);
  const { headers } = draft;
  const keep = () => onChange({ headers: null });
  return (
    <>
      <fieldset className="headers">
        <legend>{t.agentHeaders}</legend>
        {headers === null ? (
          <div className="headers-stored">
            <span>{t.agentHeadersStored}</span>
            <button
              type="button"
              className="button quiet"
              onClick={() => onChange({ headers: freshHeaders({ kind: "fabrix" }) })}
            >
              {t.headersReplace}
            </button>
          </div>
        ) : (
          <>
            <p className="hint">{t.agentHeadersHint}</p>
            <div className="two-fields">
              <Field
                label={t.client}
                name="client"
                value={headerOf(headers, AGENT_HEADERS.client)}
                autoComplete="off"
                autoCapitalize="none"
                spellCheck={false}
                hint={t.clientHint}
                error={errors.client}
                onChange={({ target }) =>
                  onChange({ headers: withHeader(headers, AGENT_HEADERS.client, target.value) })
                }
              />
              <Field
                label={t.email}
                name="email"
                type="email"
                inputMode="email"
                value={headerOf(headers, AGENT_HEADERS.email)}
                autoComplete="off"
                autoCapitalize="none"
                spellCheck={false}
                hint={draft.callerEmail ? t.emailOptional : t.emailHint}
                error={errors.email}
                onChange={({ target }) => onChange({ headers: withHeader(headers, AGENT_HEADERS.email, target.value) })}
              />
            </div>
            {before?.headers && before.headers.length > 0 && (
              <button type="button" className="button quiet" onClick={keep}>
                {t.headersKeep}
              </button>
            )}
          </>
        )}
        {errors.headers && (
          <span className="wrong" role="alert">
            {errors.headers}
          </span>
        )}
      </fieldset>
      <Switch
        label={t.callerEmail}
        hint={t.callerEmailHint}
        checked={draft.callerEmail}
        onChange={(callerEmail) => onChange({ callerEmail })}
      />
      <Switch label={t.rag} hint={t.ragHint} checked={draft.rag} onChange={(rag) => onChange({ rag })} />
    </>
  );
}
