/** The fields of a connection, for a new one and for one that is changed: what the provider needs first, the rest folded away. */
import { ApiError } from "../../api/problem";
import type { Connection, ConnectionScope } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Field } from "../../ui/field";
import { Icon } from "../../ui/icon";
import { NumberField } from "../../ui/number-field";
import { AgentFields } from "./agent-fields";
import { AGENT_HEADERS, API_FIELDS, type Draft, type Faults, type FieldName, freeSlug } from "./draft";
import { HeadersField } from "./headers-field";
import { type Preset, USUAL_SERVERS } from "./providers";
import { SecretField } from "./secret-field";
import { type Texts, texts } from "./texts";

/** What is wrong in these is not to be seen while the rest is folded away. */
const FOLDED = ["slug", "name", "requestsPerMinute", "tokensPerMinute"] as const;

interface ConnectionFieldsProps {
  draft: Draft;
  preset: Preset;
  scope: ConnectionScope;
  /** The connection that is being changed. */
  before?: Connection;
  errors: Partial<Record<FieldName, string>>;
  /** The short names that are in use. */
  taken: ReadonlySet<string>;
  onChange: (part: Partial<Draft>) => void;
}

export function ConnectionFields(props: ConnectionFieldsProps) {
  const { draft, preset, before, errors, onChange } = props;
  const t = useTexts(texts);
  const agents = preset.kind === "fabrix";
  const folded =
    !FOLDED.some((name) => errors[name]) && (agents || !errors.headers) && (preset.address || !errors.baseUrl);
  const address = <AddressField {...props} />;
  return (
    <>
      {preset.address && address}
      {preset.key !== "none" && (
        <SecretField
          label={agents ? t.token : preset.key === "optional" ? t.keyOptional : t.key}
          name="key"
          value={draft.key}
          autoFocus={!preset.address || (preset.baseUrl !== "" && preset.key === "required")}
          placeholder={before ? undefined : preset.keyStart}
          hint={<KeyHint preset={preset} before={before} />}
          error={errors.key}
          onText={(key) => onChange({ key })}
        />
      )}
      {agents && <AgentFields draft={draft} before={before} errors={errors} onChange={onChange} />}
      {/* Opens by itself when something in it is wrong; otherwise it is the user's. */}
      <details className="more-settings" {...(folded ? {} : { open: true })}>
        <summary>
          <Icon name="chevron" />
          {t.more}
        </summary>
        <div className="more-fields">
          <div className="two-fields">
            <Field
              label={t.name}
              name="name"
              value={draft.name}
              maxLength={100}
              autoComplete="off"
              error={errors.name}
              onChange={(event) => onChange({ name: event.target.value })}
            />
            <Field
              label={t.slug}
              name="slug"
              value={draft.slug}
              maxLength={64}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              hint={before && draft.slug !== before.slug ? t.slugChange : t.slugHint(draft.slug)}
              error={errors.slug}
              onChange={(event) => onChange({ slug: event.target.value.trim() })}
            />
          </div>
          {!preset.address && preset.kind !== "mock" && address}
          {preset.kind !== "mock" && !(agents && draft.headers === null) && (
            <HeadersField
              headers={draft.headers}
              apart={agents ? Object.values(AGENT_HEADERS) : []}
              stored={before?.headers ?? []}
              error={agents ? undefined : errors.headers}
              onChange={(headers) => onChange({ headers })}
            />
          )}
          {preset.kind !== "mock" && <Rates draft={draft} errors={errors} onChange={onChange} />}
        </div>
      </details>
    </>
  );
}

function Rates({ draft, errors, onChange }: Pick<ConnectionFieldsProps, "draft" | "errors" | "onChange">) {
  const t = useTexts(texts);
  return (
    <div className="two-fields">
      {(["requestsPerMinute", "tokensPerMinute"] as const).map((name) => (
        <NumberField
          whole
          key={name}
          label={t[name]}
          name={name}
          placeholder={t.unlimited}
          value={draft[name]}
          error={errors[name]}
          onType={(text) => onChange({ [name]: text })}
        />
      ))}
    </div>
  );
}

function AddressField({ draft, preset, scope, before, errors, taken, onChange }: ConnectionFieldsProps) {
  const t = useTexts(texts);
  const root = preset.kind === "fabrix" ? t.gatewayHint : t.addressHint;
  const hint = preset.address ? `${root} ${scope === "system" ? t.addressFrom : t.addressOutside}` : t.addressOptional;
  return (
    <div>
      <Field
        label={t.address}
        name="baseUrl"
        type="url"
        inputMode="url"
        value={draft.baseUrl}
        placeholder={placeholderOf(t, preset)}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        autoFocus={preset.address && !before && !(preset.baseUrl !== "" && preset.key === "required")}
        hint={hint}
        error={errors.baseUrl}
        onChange={(event) => onChange({ baseUrl: event.target.value })}
      />
      {preset.id === "server" && scope === "system" && !before && (
        <div className="usual-addresses">
          <span className="hint">{t.usual}</span>
          {USUAL_SERVERS.map(({ name, slug, baseUrl }) => (
            <button
              key={name}
              type="button"
              className="button quiet"
              onClick={() => onChange({ name, slug: freeSlug(slug, taken), baseUrl })}
            >
              {name}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

function placeholderOf(t: Texts, preset: Preset): string | undefined {
  if (!preset.address) return undefined;
  return preset.kind === "fabrix" ? t.gatewayPlaceholder : t.addressPlaceholder;
}

function KeyHint({ preset, before }: { preset: Preset; before: Connection | undefined }) {
  const t = useTexts(texts);
  if (before) return before.key_hint ? t.keyStored(before.key_hint) : t.keyHint;
  return (
    <>
      {t.keyHint}{" "}
      {preset.keyPage && (
        <a href={preset.keyPage} target="_blank" rel="noreferrer">
          {t.keyGet}
        </a>
      )}
    </>
  );
}

/** A sentence for each field that is wrong: by the page's own check, else in the words of the server. */
export function fieldSentences(t: Texts, faults: Faults, error: unknown): Partial<Record<FieldName, string>> {
  const sentences: Partial<Record<FieldName, string>> = {};
  if (error instanceof ApiError)
    for (const { field, message } of error.errors) {
      const name = API_FIELDS[field];
      if (name) sentences[name] = error.code === "already_exists" ? t.faults.slugTaken : t.refused(message);
    }
  for (const [name, fault] of Object.entries(faults)) sentences[name as FieldName] = t.faults[fault];
  return sentences;
}
