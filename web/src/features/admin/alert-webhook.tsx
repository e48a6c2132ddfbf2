/** Where alerts are posted to, and a test of it. */
import { type FormEvent, useState } from "react";
import { explain, fieldErrors } from "../../api/problem";
import type { Thresholds, WebhookTest } from "../../api/types";
import { took } from "../../i18n/format-measures";
import { useTexts } from "../../i18n/use-texts";
import { Callout } from "../../ui/callout";
import { Field } from "../../ui/field";
import { Panel } from "../../ui/panel";
import { texts } from "./alert-texts";
import { useTestWebhook, useUpdateThresholds } from "./queries";

/** What a change says for "nowhere". */
const NOWHERE = "";

export function AlertWebhook({ now }: { now: Thresholds }) {
  const t = useTexts(texts);
  const update = useUpdateThresholds();
  const test = useTestWebhook();
  const [typed, setTyped] = useState("");
  const [wrong, setWrong] = useState(false);
  const refused = fieldErrors(update.error)["alerts.webhook_url"];

  const save = (webhook_url: string) => {
    test.reset();
    update.mutate({ webhook_url }, { onSuccess: () => setTyped("") });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const fits = /^https?:\/\/\S+$/.test(typed.trim());
    setWrong(!fits);
    if (fits) save(typed.trim());
  };
  return (
    <Panel title={t.webhook} about={t.webhookAbout}>
      <form className="webhook" onSubmit={submit} noValidate>
        <Field
          type="url"
          inputMode="url"
          autoComplete="off"
          spellCheck={false}
          label={t.address}
          hint={now.webhook_url ? t.addressNow(now.webhook_url) : t.addressHint}
          error={wrong ? t.addressWrong : refused}
          value={typed}
          onChange={({ target }) => setTyped(target.value)}
        />
        {update.isError && !refused && <Callout tone="danger">{explain(update.error)}</Callout>}
        {test.isError && <Callout tone="danger">{explain(test.error)}</Callout>}
        {test.data && <Outcome outcome={test.data.data} />}
        <div className="bounds-end">
          {now.webhook_url && (
            <>
              <button type="button" className="button" disabled={test.isPending} onClick={() => test.mutate()}>
                {test.isPending ? t.testing : t.test}
              </button>
              <button type="button" className="button" disabled={update.isPending} onClick={() => save(NOWHERE)}>
                {t.removeAddress}
              </button>
            </>
          )}
          <button type="submit" className="button primary" disabled={update.isPending || typed.trim() === ""}>
            {t.saveAddress}
          </button>
        </div>
      </form>
    </Panel>
  );
}

function Outcome({ outcome: { ok, status, latency_ms, error } }: { outcome: WebhookTest }) {
  const t = useTexts(texts);
  if (ok) return <Callout tone="good">{t.works(status ?? 0, took(latency_ms))}</Callout>;
  return (
    <Callout tone="danger">
      {status ? t.fails(status) : ""} {error}
    </Callout>
  );
}
