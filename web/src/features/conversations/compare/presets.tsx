/** The named sets of models of a workspace: chosen, made of the models at hand, renamed, replaced by them, deleted. */
import { useQuery } from "@tanstack/react-query";
import { Suspense, useState } from "react";
import { explain } from "../../../api/problem";
import type { ModelChoice } from "../../../api/types";
import { useTexts } from "../../../i18n/use-texts";
import { Icon } from "../../../ui/icons";
import { Menu, type MenuEntry } from "../../../ui/menu";
import { onDemand } from "../../../ui/overlays/lazy";
import { type ModelPreset, presetsQuery, useChangePreset, useDeletePreset, useSavePreset } from "./queries";
import { texts } from "./start-texts";

const confirm = onDemand(() => import("../../../ui/confirm"));

interface PresetsProps {
  workspace: string;
  chosen: readonly ModelChoice[];
  onChoose: (models: readonly ModelChoice[]) => void;
}

export function Presets({ workspace, chosen, onChoose }: PresetsProps) {
  const t = useTexts(texts);
  const { data: presets = [] } = useQuery(presetsQuery(workspace));
  const [last, setLast] = useState<string>();
  // The one that is renamed, or none for a new one.
  const [naming, setNaming] = useState<{ preset?: ModelPreset }>();
  const [asking, setAsking] = useState<{ to: "replace" | "delete"; preset: ModelPreset }>();
  const known = presets.find(({ models }) => JSON.stringify(models) === JSON.stringify(chosen));
  // What was chosen and has been changed since is still the one that is meant.
  const meant = known ?? presets.find(({ id }) => id === last);
  const entries = (): MenuEntry[] => [
    ...presets.map(({ id, name, models }) => ({
      label: name,
      note: t.presetOf(models.length),
      checked: id === known?.id,
      onSelect: () => {
        setLast(id);
        onChoose(models);
      },
    })),
    ...(presets.length > 0 ? (["separator"] as const) : []),
    { label: t.savePreset, icon: "plus", disabled: chosen.length === 0, onSelect: () => setNaming({}) },
    ...(meant ? entriesOf(meant) : []),
  ];
  const entriesOf = (preset: ModelPreset): MenuEntry[] => [
    ...(preset === known || chosen.length === 0
      ? []
      : ([
          {
            label: t.replacePreset(preset.name),
            icon: "again",
            onSelect: () => setAsking({ to: "replace", preset }),
          },
        ] as const)),
    { label: t.renamePreset(preset.name), icon: "pencil", onSelect: () => setNaming({ preset }) },
    {
      label: t.deletePreset(preset.name),
      icon: "trash",
      danger: true,
      onSelect: () => setAsking({ to: "delete", preset }),
    },
  ];
  return (
    <>
      {naming ? (
        <PresetName
          workspace={workspace}
          preset={naming.preset}
          chosen={chosen}
          onTaken={(name) => {
            const preset = presets.find((each) => each.name === name);
            if (preset) setAsking({ to: "replace", preset });
            return preset !== undefined;
          }}
          onClose={() => setNaming(undefined)}
        />
      ) : (
        <Menu
          label={t.presets}
          worded
          button={
            <>
              {known?.name ?? t.presets}
              <Icon name="chevron" />
            </>
          }
          buttonClass="button quiet"
          entries={entries}
          align="end"
        />
      )}
      {asking && (
        <Suspense>
          <AskFirst
            {...asking}
            workspace={workspace}
            chosen={chosen}
            onDone={() => {
              setLast(asking.preset.id);
              setNaming(undefined);
            }}
            onClose={() => setAsking(undefined)}
          />
        </Suspense>
      )}
    </>
  );
}

interface PresetNameProps {
  workspace: string;
  /** The one to rename; absent for a new one. */
  preset: ModelPreset | undefined;
  chosen: readonly ModelChoice[];
  /** Whether another set has the name; then its models are to be replaced. */
  onTaken: (name: string) => boolean;
  onClose: () => void;
}

/** Within the form of the comparison: Enter in the field names the set and begins nothing. */
function PresetName({ workspace, preset, chosen, onTaken, onClose }: PresetNameProps) {
  const t = useTexts(texts);
  const save = useSavePreset(workspace);
  const change = useChangePreset(workspace);
  const [typed, setTyped] = useState(preset?.name ?? "");
  const error = save.error ?? change.error;
  const submit = () => {
    const name = typed.trim();
    if (!name) return;
    if (preset) change.mutate({ id: preset.id, change: { name } }, { onSuccess: onClose });
    else if (!onTaken(name)) save.mutate({ name, models: [...chosen] }, { onSuccess: onClose });
  };
  return (
    <span className="preset-name">
      <input
        aria-label={t.presetName}
        placeholder={t.presetName}
        maxLength={100}
        value={typed}
        // The reader has just asked for it.
        // biome-ignore lint/a11y/noAutofocus: see above.
        autoFocus
        onFocus={({ target }) => target.select()}
        onChange={({ target }) => setTyped(target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") onClose();
          if (event.key !== "Enter") return;
          event.preventDefault();
          submit();
        }}
      />
      {error && <span className="wrong">{explain(error)}</span>}
    </span>
  );
}

interface AskFirstProps {
  to: "replace" | "delete";
  preset: ModelPreset;
  workspace: string;
  chosen: readonly ModelChoice[];
  onDone: () => void;
  onClose: () => void;
}

/** A set is everybody's in the workspace: what changes it for them is asked about first. */
function AskFirst({ to, preset: { id, name }, workspace, chosen, onDone, onClose }: AskFirstProps) {
  const t = useTexts(texts);
  const change = useChangePreset(workspace);
  const remove = useDeletePreset(workspace);
  if (to === "delete")
    return (
      <confirm.Component
        title={t.deletePresetTitle(name)}
        action={t.deletePresetAction}
        onConfirm={() => remove.mutateAsync(id)}
        onClose={onClose}
      >
        <p>{t.deletePresetText}</p>
      </confirm.Component>
    );
  return (
    <confirm.Component
      title={t.replacePresetTitle(name)}
      action={t.replacePresetAction}
      danger={false}
      onConfirm={async () => {
        await change.mutateAsync({ id, change: { models: [...chosen] } });
        onDone();
      }}
      onClose={onClose}
    >
      <p>{t.replacePresetText(chosen.length)}</p>
    </confirm.Component>
  );
}
