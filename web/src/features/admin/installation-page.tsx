/**
 * The settings of the installation: who may register and what visitors may do, which models are used when nobody chose
 * one, what may be uploaded, how long things are kept, when alerts are raised.
 */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { explain } from "../../api/problem";
import type { Model, Registration, Settings, Workspace } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Callout } from "../../ui/callout";
import { ChoiceCards } from "../../ui/choice-cards";
import { Select } from "../../ui/field";
import { Page, Panel } from "../../ui/panel";
import { SaveMark } from "../../ui/save-mark";
import { Skeleton } from "../../ui/states";
import { AlertBounds } from "./alert-bounds";
import { AlertWebhook } from "./alert-webhook";
import { Failed } from "./failed";
import { isStale, modelChoicesQuery, settingsQuery, useUpdateSettings } from "./queries";
import { RetentionPanel } from "./retention";
import { type Texts, texts } from "./texts";
import { UploadLimitsPanel } from "./upload-limits";
import { VisitorsPanel } from "./visitors";
import "./admin.css";

const REGISTRATIONS: Registration[] = ["open", "invite", "closed"];
/** The value of a select that stands for "not set": null is no value that an option can have. */
const UNSET = "";

type InstallationTexts = Texts["installation"];

export default function InstallationPage({ workspace }: { workspace: Workspace }) {
  const t = useTexts(texts).installation;
  const query = useQuery(settingsQuery);
  const models = useQuery(modelChoicesQuery(workspace.id));
  const update = useUpdateSettings();
  const usable = models.data?.filter((model) => model.available);

  return (
    <Page
      title={t.title}
      about={t.about}
      actions={<SaveMark saving={update.isPending} at={update.isSuccess ? update.submittedAt : 0} />}
    >
      {update.isError && (
        <Callout tone={isStale(update.error) ? "warn" : "danger"}>
          {isStale(update.error) ? t.changedElsewhere : explain(update.error)}
        </Callout>
      )}
      {query.isPending && <Skeleton lines={8} />}
      {query.isError && !query.data && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      {query.data && (
        <>
          <Panel title={t.registration}>
            <ChoiceCards
              label={t.registrationQuestion}
              value={query.data.settings.registration}
              choices={REGISTRATIONS.map((value) => ({ value, ...t.choices[value] }))}
              onChoose={(registration) => update.mutate({ registration })}
            />
          </Panel>
          <Panel title={t.models}>
            {models.isError && <Callout tone="danger">{explain(models.error)}</Callout>}
            {usable?.length === 0 && <Callout>{t.noModels}</Callout>}
            <ModelSelect
              t={t}
              label={t.defaultModel}
              hint={t.defaultModelHint}
              unset={t.firstAvailable}
              models={usable}
              value={query.data.settings.default_model}
              onChange={(default_model) => update.mutate({ default_model })}
            />
            <ModelSelect
              t={t}
              label={t.titleModel}
              hint={t.titleModelHint}
              unset={t.sameModel}
              models={usable}
              value={query.data.settings.title_model}
              onChange={(title_model) => update.mutate({ title_model })}
            />
          </Panel>
          <VisitorsPanel now={query.data.settings.anonymous} />
          <UploadLimitsPanel now={query.data.settings.uploads} />
          <RetentionPanel now={query.data.settings.retention} />
          <Alerts now={query.data.settings.alerts} />
        </>
      )}
    </Page>
  );
}

/** Where the list of alerts leads to: behind the hash, which was not there yet when the router looked for it. */
function Alerts({ now }: { now: Settings["alerts"] }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (location.hash === "#alerts") place.current?.scrollIntoView();
  }, []);
  return (
    <div ref={place} className="panels">
      <AlertBounds now={now} />
      <AlertWebhook now={now} />
    </div>
  );
}

interface ModelSelectProps {
  t: InstallationTexts;
  label: string;
  hint: string;
  unset: string;
  models: readonly Model[] | undefined;
  value: Settings["default_model"];
  onChange: (value: string | null) => void;
}

function ModelSelect({ t, label, hint, unset, models, value, onChange }: ModelSelectProps) {
  const known = models?.some((model) => model.id === value);
  return (
    <Select
      label={label}
      hint={hint}
      value={value ?? UNSET}
      onChange={({ target }) => onChange(target.value === UNSET ? null : target.value)}
    >
      <option value={UNSET}>{unset}</option>
      {value && !known && <option value={value}>{models ? t.notAvailable(value) : value}</option>}
      {models?.map((model) => (
        <option key={model.id} value={model.id}>
          {`${model.name} · ${model.connection}`}
        </option>
      ))}
    </Select>
  );
}
