/** How the page looks, speaks and behaves for this user: each choice takes effect at once, here and in every other browser. */
import { useQuery } from "@tanstack/react-query";
import { explain } from "../../../api/problem";
import type { Me, Preferences, Theme, Workspace } from "../../../api/types";
import { LOCALE_NAMES, LOCALES } from "../../../i18n/locale";
import { useTexts } from "../../../i18n/use-texts";
import { Callout } from "../../../ui/callout";
import { ChoiceCards } from "../../../ui/choice-cards";
import { Select } from "../../../ui/field";
import { Page, Panel } from "../../../ui/panel";
import { SaveMark } from "../../../ui/save-mark";
import { keyName } from "../../../ui/shortcuts";
import { usePreferences, useSavePreferences } from "../use-preferences";
import { modelChoicesQuery } from "./queries";
import { type Texts, texts } from "./texts";
import "./settings.css";

const THEMES: Theme[] = ["system", "light", "dark"];
/** The value of a select that stands for "not set": null is no value that an option can have. */
const UNSET = "";

type PreferencesTexts = Texts["preferences"];
type Change = (change: Partial<Preferences>) => void;

export default function PreferencesPage({ me, workspace }: { me: Me; workspace: Workspace }) {
  const t = useTexts(texts).preferences;
  const preferences = usePreferences(me);
  const save = useSavePreferences();
  return (
    <Page
      title={t.title}
      about={t.about}
      actions={<SaveMark saving={save.isPending} at={save.isSuccess ? save.submittedAt : 0} />}
    >
      {save.isError && <Callout tone="danger">{explain(save.error)}</Callout>}
      <Panel title={t.look}>
        <ChoiceCards
          label={t.theme}
          layout="row"
          value={preferences.theme}
          choices={THEMES.map((theme) => ({
            value: theme,
            label: t.themes[theme],
            picture: <ThemePreview theme={theme} />,
          }))}
          onChoose={(theme) => save.mutate({ theme })}
        />
        <Language t={t} chosen={preferences.locale} onChange={save.mutate} />
      </Panel>
      <Panel title={t.writing}>
        <SendWith t={t} chosen={preferences.send_with} onChange={save.mutate} />
        <DefaultModel t={t} workspace={workspace} chosen={preferences.default_model} onChange={save.mutate} />
      </Panel>
    </Page>
  );
}

interface PartProps<V> {
  t: PreferencesTexts;
  chosen: V;
  onChange: Change;
}

function Language({ t, chosen, onChange }: PartProps<Preferences["locale"]>) {
  return (
    <Select
      label={t.language}
      hint={t.languageHint}
      value={chosen ?? UNSET}
      onChange={({ target }) => onChange({ locale: LOCALES.find((each) => each === target.value) ?? null })}
    >
      <option value={UNSET}>{t.browserLanguage}</option>
      {LOCALES.map((locale) => (
        <option key={locale} value={locale} lang={locale}>
          {LOCALE_NAMES[locale]}
        </option>
      ))}
    </Select>
  );
}

function SendWith({ t, chosen, onChange }: PartProps<Preferences["send_with"]>) {
  return (
    <ChoiceCards
      label={t.send}
      layout="row"
      value={chosen}
      choices={[
        { value: "enter", label: t.enter, note: t.enterNote(keyName("shift+enter")) },
        { value: "mod_enter", label: t.modEnter(keyName("mod+enter")), note: t.modEnterNote },
      ]}
      onChoose={(send_with) => onChange({ send_with })}
    />
  );
}

function DefaultModel({
  t,
  workspace,
  chosen,
  onChange,
}: PartProps<Preferences["default_model"]> & { workspace: Workspace }) {
  const query = useQuery(modelChoicesQuery(workspace.id));
  const models = (query.data ?? []).filter((model) => model.available);
  const known = models.some((model) => model.id === chosen);
  const none = query.isSuccess && models.length === 0;
  return (
    <Select
      label={t.model}
      hint={none ? t.noModels : t.modelHint}
      error={query.isError ? explain(query.error) : undefined}
      value={chosen ?? UNSET}
      onChange={({ target }) => onChange({ default_model: target.value === UNSET ? null : target.value })}
    >
      <option value={UNSET}>{t.installationModel(models.find((model) => model.is_default)?.name)}</option>
      {chosen && !known && <option value={chosen}>{query.isSuccess ? t.modelGone(chosen) : chosen}</option>}
      {models.map((model) => (
        <option key={model.id} value={model.id}>
          {`${model.name} · ${model.connection}`}
        </option>
      ))}
    </Select>
  );
}

function ThemePreview({ theme }: { theme: Theme }) {
  if (theme === "system") {
    return (
      <span className="theme-preview system" aria-hidden="true">
        <ThemePreview theme="light" />
        <ThemePreview theme="dark" />
      </span>
    );
  }
  return (
    <span className={`theme-preview ${theme}`} aria-hidden="true">
      <span className="preview-side">
        <i />
        <i />
        <i />
      </span>
      <span className="preview-main">
        <i />
        <i />
        <i />
        <i />
      </span>
    </span>
  );
}
