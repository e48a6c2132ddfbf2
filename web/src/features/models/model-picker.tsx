/** Chooses the model: grouped by who serves it; what can not be used now is shown with the reason. */
import { useId } from "react";
import type { Model } from "../../api/types";
import { Icon } from "../../ui/icon";
import { Popover } from "../../ui/popover";
import { groupByConnection } from "./queries";
import "./models.css";

interface ModelPickerProps {
  models: readonly Model[];
  chosen: string | undefined;
  onChoose: (model: string) => void;
}

export function ModelPicker({ models, chosen, onChoose }: ModelPickerProps) {
  const current = models.find((model) => model.id === chosen);
  const group = useId();
  const button = (
    <>
      <span className="sr-only">Model: </span>
      <span className="model-name">{current?.name ?? "Choose a model"}</span>
      <Icon name="chevron" />
    </>
  );
  return (
    <Popover label="Model" worded button={button} buttonClass="button quiet model-button" side="top">
      {(close) => (
        <div className="models">
          {groupByConnection(models).map(({ connection, models: members }) => (
            <fieldset key={connection}>
              <legend>{connection}</legend>
              {members.map((model) => (
                <label key={model.id} className="model" data-off={!model.available || undefined}>
                  <input
                    type="radio"
                    name={group}
                    value={model.id}
                    checked={model.id === chosen}
                    disabled={!model.available}
                    // biome-ignore lint/a11y/noAutofocus: the panel was opened to choose, and the arrow keys should work at once.
                    autoFocus={model.id === chosen}
                    onChange={() => onChoose(model.id)}
                    // Arrow keys make clicks without a press; those choose but keep the list open.
                    onClick={(event) => event.detail > 0 && close()}
                    onKeyDown={(event) => {
                      if (event.key !== "Enter") return;
                      event.preventDefault();
                      close();
                    }}
                  />
                  <span>
                    <span className="model-name">{model.name}</span>
                    <span className="model-note">
                      {model.available ? describe(model) : (model.unavailable_reason ?? "Not available now.")}
                    </span>
                  </span>
                  {model.id === chosen && <Icon name="check" />}
                </label>
              ))}
            </fieldset>
          ))}
          {models.length === 0 && (
            <p className="model-note">There is no model yet. An administrator can add a connection.</p>
          )}
        </div>
      )}
    </Popover>
  );
}

function describe(model: Model): string {
  const notes = [model.id];
  if (model.local) notes.push("runs here");
  if (model.capabilities.vision) notes.push("sees images");
  if (model.capabilities.reasoning) notes.push("reasons");
  return notes.join(" · ");
}
