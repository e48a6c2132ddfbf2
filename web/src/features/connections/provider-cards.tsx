/** Which provider to connect: a card for each, the first thing on the page of who has none. */
import { useTexts } from "../../i18n/use-texts";
import { presetName } from "./preset-name";
import type { Preset } from "./providers";
import { texts } from "./texts";

interface ProviderCardsProps {
  presets: readonly Preset[];
  onChoose: (preset: Preset) => void;
}

export function ProviderCards({ presets, onChoose }: ProviderCardsProps) {
  const t = useTexts(texts);
  return (
    <ul className="provider-cards">
      {presets.map((preset) => (
        <li key={preset.id}>
          <button type="button" className="provider-card" onClick={() => onChoose(preset)}>
            <span className="avatar square" aria-hidden="true">
              {presetName(t, preset).slice(0, 1)}
            </span>
            <span>
              <span className="provider-name">{presetName(t, preset)}</span>
              <span className="provider-note">{t.notes[preset.id]}</span>
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
