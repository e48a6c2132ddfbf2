/** One model in the list: what it is called, what it can do, what it costs, or why it can not be used now. */

import type { Model } from "../../api/types";
import { compact, date, money, number } from "../../i18n/format";
import { useTexts } from "../../i18n/use-texts";
import { Icon, type IconName } from "../../ui/icons";
import { texts } from "./list-texts";

interface ModelOptionProps {
  id: string;
  model: Model;
  /** What it is the rule for: then it is called that. */
  tag: string | undefined;
  /** It does not stand under the name of its connection. */
  withConnection: boolean;
  chosen: boolean;
  active: boolean;
  onMark: () => void;
  onChoose: () => void;
}

export function ModelOption({ id, model, tag, withConnection, chosen, active, onMark, onChoose }: ModelOptionProps) {
  const t = useTexts(texts);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the listbox has the focus and hears the keys.
    // biome-ignore lint/a11y/useFocusableInteractive: as above.
    <div
      id={id}
      className="model"
      role="option"
      aria-selected={chosen}
      aria-disabled={!model.available || undefined}
      data-active={active || undefined}
      onPointerMove={active ? undefined : onMark}
      onClick={onChoose}
    >
      {/* Which one it is, for tests and scripts: names are not unique. */}
      <input type="hidden" value={model.id} />
      <span className="model-head">
        <span className="model-name">{tag === undefined ? model.name : `#${tag}`}</span>
        {model.is_default && <span className="badge">{t.byDefault}</span>}
        <Abilities model={model} />
      </span>
      <span className="model-note">
        <span className="model-id">{withConnection ? `${model.connection} · ${model.id}` : model.id}</span>
        {model.available && <Facts model={model} />}
      </span>
      {!model.available && (
        <span className="model-off">
          <Icon name="warning" />
          {model.unavailable_reason ?? t.off}
        </span>
      )}
      <span className="model-mark">{chosen && <Icon name="check" />}</span>
    </div>
  );
}

const ABILITIES: [keyof Model["capabilities"] & ("vision" | "tools" | "reasoning"), IconName][] = [
  ["vision", "eye"],
  ["tools", "tool"],
  ["reasoning", "spark"],
];

function Abilities({ model }: { model: Model }) {
  const t = useTexts(texts);
  const found: [IconName, string][] = ABILITIES.filter(([name]) => model.capabilities[name]).map(([name, icon]) => [
    icon,
    t[name],
  ]);
  if (model.local) found.push(["device", t.local]);
  return (
    <span className="model-abilities">
      {found.map(([icon, label]) => (
        <span key={icon} title={label}>
          <Icon name={icon} />
          <span className="sr-only">{label}</span>
        </span>
      ))}
    </span>
  );
}

function Facts({ model }: { model: Model }) {
  const t = useTexts(texts);
  const { context_tokens: context, input_price_micros: input, output_price_micros: output, price_changes_at } = model;
  const note = price_changes_at ? `${t.pricesNote}. ${t.pricesChange(date(price_changes_at))}` : t.pricesNote;
  return (
    <span className="model-facts">
      {context != null && context > 0 && (
        <span title={t.contextExact(number(context))}>{t.context(rounded(context))}</span>
      )}
      {priced(model) && <span title={note}>{t.prices(money(input), money(output))}</span>}
    </span>
  );
}

export function priced(model: Model): boolean {
  return model.input_price_micros > 0 || model.output_price_micros > 0;
}

/** What is a power of two is called by its round name: 131,072 tokens are 128K. */
function rounded(tokens: number): string {
  const thousand = tokens < 1_000_000 && Number.isInteger(Math.log2(tokens)) ? 1_024 : 1_000;
  return compact(tokens < 1_000 ? tokens : Math.round(tokens / thousand) * 1_000);
}
