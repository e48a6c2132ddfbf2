/** Names the model that answers, and opens the list to choose another. Only the button is here at once; the list is loaded. */
import { Suspense, useRef } from "react";
import type { Model } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Icon } from "../../ui/icon";
import { onDemand } from "../../ui/overlays/lazy";
import { Popover } from "../../ui/popover";
import { keyName, useShortcut } from "../../ui/shortcuts";
import { Skeleton } from "../../ui/states";
import { noteModel } from "./recent";
import { texts } from "./texts";
import "./models.css";

const list = onDemand(() => import("./model-list"));

/** Free in the browsers, and on the same key in most layouts. */
const KEYS = "mod+.";

interface ModelPickerProps {
  workspace: string;
  models: readonly Model[];
  /** The one that answers. */
  chosen: string | undefined;
  /** The one that should, when something says so. */
  wished?: string | null;
  onChoose: (model: string) => void;
  /** Leads to where models come from. */
  onManage: () => void;
}

export function ModelPicker({ workspace, models, chosen, wished, onChoose, onManage }: ModelPickerProps) {
  const t = useTexts(texts);
  const trigger = useRef<HTMLButtonElement>(null);
  useShortcut(KEYS, t.choose, () => trigger.current?.click());
  const current = models.find((model) => model.id === chosen);
  // Another model answers at another price: nobody should find that out from the bill.
  const missing =
    wished && current && wished !== current.id
      ? t.instead(models.find((model) => model.id === wished)?.name ?? wished)
      : undefined;
  const button = (
    <>
      <span className="sr-only">{t.model}: </span>
      <span className="model-button-name">{current?.name ?? t.none}</span>
      {missing && (
        <span className="model-instead">
          <Icon name="warning" />
          <span className="sr-only">. {missing}</span>
        </span>
      )}
      <Icon name="chevron" />
    </>
  );
  return (
    <Popover
      label={t.choose}
      title={missing ?? `${t.choose} (${keyName(KEYS)})`}
      worded
      button={button}
      buttonRef={trigger}
      buttonClass="button quiet model-button"
      panelClass="models-panel"
      side="top"
      onIntent={list.preload}
    >
      {(close) => (
        <Suspense fallback={<Skeleton lines={6} />}>
          <list.Component
            workspace={workspace}
            models={models}
            chosen={chosen}
            onChoose={(model) => {
              noteModel(model);
              onChoose(model);
              close();
            }}
            onManage={() => {
              close();
              onManage();
            }}
          />
        </Suspense>
      )}
    </Popover>
  );
}
