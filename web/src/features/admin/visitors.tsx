/** What may be done without logging in: a switch for trying the mock models, and how often an address may ask. */
import { type FormEvent, useState } from "react";
import { explain, fieldErrors } from "../../api/problem";
import type { Anonymous } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Callout } from "../../ui/callout";
import { Switch } from "../../ui/field";
import { NumberField } from "../../ui/number-field";
import { Panel } from "../../ui/panel";
import { readCount } from "./count";
import { useUpdateAnonymous } from "./queries";
import { texts } from "./visitors-texts";

/** What the server takes at most. */
const REQUESTS_MAX = 10_000;

export function VisitorsPanel({ now }: { now: Anonymous }) {
  const t = useTexts(texts);
  const update = useUpdateAnonymous();
  return (
    <Panel title={t.title} about={t.about}>
      <Switch
        label={t.mock}
        hint={t.mockHint}
        checked={now.mock_mode}
        disabled={update.isPending}
        onChange={(mock_mode) => update.mutate({ mock_mode })}
      />
      {update.isError && <Callout tone="danger">{explain(update.error)}</Callout>}
      {/* What somebody else has saved is what one begins with. */}
      {now.mock_mode && <RequestsForm key={now.requests_per_minute} now={now.requests_per_minute} />}
    </Panel>
  );
}

function RequestsForm({ now }: { now: number }) {
  const t = useTexts(texts);
  const update = useUpdateAnonymous();
  const [typed, setTyped] = useState(String(now));
  const [checked, setChecked] = useState(false);
  const count = readCount(typed, REQUESTS_MAX);
  const refused = fieldErrors(update.error)["anonymous.requests_per_minute"];
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (count !== undefined && count !== now) update.mutate({ requests_per_minute: count });
  };
  return (
    <form className="limits" onSubmit={submit} noValidate>
      <NumberField
        whole
        label={t.requests}
        hint={t.requestsHint}
        value={typed}
        error={checked && count === undefined ? t.between(REQUESTS_MAX) : refused}
        onType={setTyped}
      />
      {update.isError && !refused && <Callout tone="danger">{explain(update.error)}</Callout>}
      <div className="bounds-end">
        <button type="submit" className="button primary" disabled={update.isPending || count === now}>
          {t.save}
        </button>
      </div>
    </form>
  );
}
