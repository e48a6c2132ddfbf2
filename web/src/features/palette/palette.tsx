/**
 * The command palette: conversations, pages, workspaces and actions by a few letters. A combobox as ARIA 1.2 describes it: the
 * focus stays in the field, `aria-activedescendant` says which option is meant. It knows nothing of where commands come from
 * and keeps nothing of what was typed. Loaded with the first intent to open it.
 */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Fragment, type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import { useTexts } from "../../i18n/use-texts";
import { Dialog } from "../../ui/dialog";
import { Icon } from "../../ui/icons";
import { keyNames } from "../../ui/shortcuts";
import { type Command, type Found, type Option, optionsFor } from "./entries";
import { texts } from "./texts";
import "./palette.css";

interface PaletteProps {
  commands: readonly Command[];
  /** Conversations whose titles contain this, and what else is found by it; the latest conversations for nothing. */
  search: (q: string, signal: AbortSignal) => Promise<Found[]>;
  onClose: () => void;
}

const TYPING_MS = 200;
/** Rows that a page key passes over. */
const JUMP = 6;

export function Palette({ commands, search, onClose }: PaletteProps) {
  const t = useTexts(texts);
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const [q, setQ] = useState("");
  const [active, setActive] = useState<string>();
  const settled = useSettled(q.trim());
  const found = useQuery({
    queryKey: ["palette", settled],
    queryFn: ({ signal }) => search(settled, signal),
    placeholderData: keepPreviousData,
    gcTime: 0,
    staleTime: 0,
    retry: false,
  });
  const groups = useMemo(
    () => optionsFor(q, commands, found.data ?? [], q.trim() ? t.conversations : t.recent),
    [q, commands, found.data, t],
  );
  const options = groups.flatMap((group) => group.options);
  const index = Math.max(
    0,
    options.findIndex((option) => keyOf(option) === active),
  );
  const current = options[index];
  const optionId = (option: Option) => `${id}-${keyOf(option)}`;

  const go = (to: number) => {
    const option = options[(to + options.length) % options.length];
    if (!option) return;
    setActive(keyOf(option));
    // The first one with its heading.
    const element = document.getElementById(optionId(option));
    if (option === options[0]) list.current?.scrollTo({ top: 0 });
    else element?.scrollIntoView({ block: "nearest" });
  };
  const run = (option: Option | undefined) => {
    if (!option) return;
    onClose();
    // The dialog gives the focus back first; what the command opens may then take it.
    setTimeout(option.run);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "ArrowDown") go(index + 1);
    else if (event.key === "ArrowUp") go(index - 1);
    else if (event.key === "PageDown") go(Math.min(index + JUMP, options.length - 1));
    else if (event.key === "PageUp") go(Math.max(index - JUMP, 0));
    else if (event.key === "Enter") run(current);
    else return;
    event.preventDefault();
  };

  return (
    <Dialog title={t.title} kind="bare" onClose={onClose}>
      <div className="palette">
        <div className="palette-field">
          <Icon name="search" />
          <input
            type="text"
            role="combobox"
            aria-label={t.placeholder}
            aria-autocomplete="list"
            aria-expanded={options.length > 0}
            aria-controls={`${id}-list`}
            aria-activedescendant={current && optionId(current)}
            placeholder={t.placeholder}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            value={q}
            onChange={(event) => {
              setQ(event.target.value);
              setActive(undefined);
              list.current?.scrollTo({ top: 0 });
            }}
            onKeyDown={onKeyDown}
          />
          <button type="button" className="button quiet icon-only" aria-label={t.close} onClick={onClose}>
            <Icon name="close" />
          </button>
        </div>
        <p className="sr-only" role="status">
          {q && !found.isFetching ? t.count(options.length) : ""}
        </p>
        {found.isError && <p className="palette-note">{t.notSearched}</p>}
        {options.length === 0 && !found.isFetching && (
          <div className="palette-nothing">
            <strong>{t.nothing(q.trim())}</strong>
            <p>{t.nothingWhy}</p>
          </div>
        )}
        <div
          ref={list}
          id={`${id}-list`}
          role="listbox"
          aria-label={t.results}
          className="palette-list"
          hidden={options.length === 0}
        >
          {groups.map((group, place) => (
            // biome-ignore lint/a11y/useSemanticElements: a fieldset groups the controls of a form, this the options of a listbox.
            <div key={group.name} role="group" aria-labelledby={`${id}-group-${place}`}>
              <div id={`${id}-group-${place}`} className="palette-heading" role="presentation">
                {group.name}
              </div>
              {group.options.map((option) => (
                <OptionView
                  key={keyOf(option)}
                  id={optionId(option)}
                  option={option}
                  active={option === current}
                  onPoint={() => setActive(keyOf(option))}
                  onRun={() => run(option)}
                />
              ))}
            </div>
          ))}
        </div>
        <p className="palette-foot" aria-hidden="true">
          <kbd>↑</kbd>
          <kbd>↓</kbd> {t.choose}
          <kbd>↵</kbd> {t.run}
          <kbd>{keyNames("escape")}</kbd> {t.close}
        </p>
      </div>
    </Dialog>
  );
}

interface OptionViewProps {
  id: string;
  option: Option;
  active: boolean;
  onPoint: () => void;
  onRun: () => void;
}

function OptionView({ id, option, active, onPoint, onRun }: OptionViewProps) {
  const t = useTexts(texts);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the field, which keeps the focus.
    // biome-ignore lint/a11y/useFocusableInteractive: as in every combobox, the field has the focus.
    <div
      id={id}
      role="option"
      aria-selected={active}
      className="palette-option"
      // Not on entering: rows that move under a resting pointer choose nothing.
      onPointerMove={active ? undefined : onPoint}
      onPointerDown={(event) => event.preventDefault()}
      onClick={onRun}
    >
      <Icon name={option.icon} />
      <span className="palette-label">
        <Marked text={option.label} ranges={option.ranges} />
        {option.snippet && (
          <span className="palette-snippet">
            {option.snippet.map(({ text, hit }, index) => (hit ? <mark key={String(index)}>{text}</mark> : text))}
          </span>
        )}
      </span>
      {option.note && <span className="palette-place">{option.note}</span>}
      {option.checked && (
        <span className="palette-checked" role="img" aria-label={t.current}>
          <Icon name="check" />
        </span>
      )}
      {option.keys && (
        <span className="palette-keys" aria-hidden="true">
          {keyNames(option.keys).map((key) => (
            <kbd key={key}>{key}</kbd>
          ))}
        </span>
      )}
    </div>
  );
}

function Marked({ text, ranges }: { text: string; ranges: Option["ranges"] }) {
  let from = 0;
  return (
    <>
      {ranges.map(([start, end]) => {
        const before = text.slice(from, start);
        from = end;
        return (
          <Fragment key={start}>
            {before}
            <mark>{text.slice(start, end)}</mark>
          </Fragment>
        );
      })}
      {text.slice(from)}
    </>
  );
}

function keyOf(option: Option): string {
  return option.id;
}

/** What was typed, when nothing more has been typed for a moment; the first look is not delayed. */
function useSettled(q: string): string {
  const [settled, setSettled] = useState(q);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(q), TYPING_MS);
    return () => clearTimeout(timer);
  }, [q]);
  return settled;
}
