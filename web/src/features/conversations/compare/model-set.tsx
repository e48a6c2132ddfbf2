/** The models of a comparison that is being made: each with its settings, the same one as often as somebody likes. */
import { type ReactNode, useState } from "react";
import type { LaneSettings, Model, ModelChoice } from "../../../api/types";
import { useTexts } from "../../../i18n/use-texts";
import { Field, TextArea } from "../../../ui/field";
import { Icon } from "../../../ui/icons";
import { Popover } from "../../../ui/popover";
import { texts } from "./start-texts";

export const LANES_MAX = 12;

interface ModelSetProps {
  models: readonly Model[];
  chosen: readonly ModelChoice[];
  onChange: (chosen: readonly ModelChoice[]) => void;
  renderModels: (onChoose: (model: string) => void) => ReactNode;
  /** What the field for a name of one's own is called; where it is not a comparison that is made. */
  nameLabel?: string;
}

export function ModelSet({ models, chosen, onChange, renderModels, nameLabel }: ModelSetProps) {
  const t = useTexts(texts);
  const replace = (at: number, next: ModelChoice) =>
    onChange(chosen.map((each, index) => (index === at ? next : each)));
  return (
    <ol className="model-set">
      {chosen.map((choice, index) => {
        const model = models.find(({ id }) => id === choice.model);
        const name = choice.label || model?.name || choice.model;
        return (
          <li key={index} data-off={model?.available ? undefined : ""}>
            <span className="model-set-name">
              <strong title={choice.model}>{name}</strong>
              <span className="hint">
                {model?.available ? (described(t, choice) ?? model.connection) : t.notUsable}
              </span>
            </span>
            <Popover
              label={t.settingsOf(name)}
              button={<Icon name="settings" />}
              buttonClass="button quiet icon-only"
              align="end"
            >
              {() => <Settings choice={choice} nameLabel={nameLabel} onChange={(next) => replace(index, next)} />}
            </Popover>
            <button
              type="button"
              className="button quiet icon-only"
              aria-label={t.twice(name)}
              title={t.twice(name)}
              disabled={chosen.length >= LANES_MAX}
              onClick={() => onChange([...chosen.slice(0, index + 1), { ...choice }, ...chosen.slice(index + 1)])}
            >
              <Icon name="copy" />
            </button>
            <button
              type="button"
              className="button quiet icon-only"
              aria-label={t.remove(name)}
              title={t.remove(name)}
              onClick={() => onChange(chosen.filter((_each, at) => at !== index))}
            >
              <Icon name="close" />
            </button>
          </li>
        );
      })}
      {chosen.length < LANES_MAX && (
        <li className="model-set-add">{renderModels((model) => onChange([...chosen, { model }]))}</li>
      )}
    </ol>
  );
}

function described(t: ReturnType<typeof texts.now>, { settings }: ModelChoice): string | undefined {
  const { temperature, max_tokens, system_prompt } = settings ?? {};
  const parts = [
    ...(temperature != null ? [t.temperatureIs(temperature)] : []),
    ...(max_tokens != null ? [t.tokensMax(max_tokens)] : []),
    ...(system_prompt ? [t.ownPrompt] : []),
  ];
  return parts.length > 0 ? parts.join(" · ") : undefined;
}

interface SettingsProps {
  choice: ModelChoice;
  nameLabel: string | undefined;
  onChange: (choice: ModelChoice) => void;
}

function Settings({ choice, nameLabel, onChange }: SettingsProps) {
  const t = useTexts(texts);
  const { temperature, max_tokens, system_prompt } = choice.settings ?? {};
  // What is half typed is shown as it is typed, and used as far as it is a number.
  const [typed, setTyped] = useState({ temperature: shown(temperature), max_tokens: shown(max_tokens) });
  const set = (change: LaneSettings) => {
    const next = Object.entries({ ...choice.settings, ...change }).filter(([, value]) => value != null && value !== "");
    const { settings: _before, ...rest } = choice;
    onChange(next.length > 0 ? { ...rest, settings: Object.fromEntries(next) } : rest);
  };
  return (
    <div className="model-settings">
      <Field
        label={nameLabel ?? t.label}
        placeholder={t.labelNone}
        maxLength={60}
        value={choice.label ?? ""}
        onChange={({ target }) => {
          const { label: _before, ...rest } = choice;
          onChange(target.value ? { ...rest, label: target.value } : rest);
        }}
      />
      <div className="model-numbers">
        <Field
          type="number"
          label={t.temperature}
          min={0}
          max={2}
          step={0.1}
          value={typed.temperature}
          onChange={({ target }) => {
            setTyped({ ...typed, temperature: target.value });
            set({ temperature: within(target.value, 0, 2) });
          }}
        />
        <Field
          type="number"
          label={t.maxTokens}
          min={1}
          max={16_000}
          step={1}
          value={typed.max_tokens}
          onChange={({ target }) => {
            setTyped({ ...typed, max_tokens: target.value });
            set({ max_tokens: within(target.value, 1, 16_000) });
          }}
        />
      </div>
      <TextArea
        label={t.systemPrompt}
        maxLength={20_000}
        value={system_prompt ?? ""}
        onChange={({ target }) => set({ system_prompt: target.value || undefined })}
      />
    </div>
  );
}

function shown(value: number | null | undefined): string {
  return value == null ? "" : String(value);
}

function within(typed: string, least: number, most: number): number | undefined {
  const value = Number(typed);
  return typed.trim() !== "" && value >= least && value <= most ? value : undefined;
}
