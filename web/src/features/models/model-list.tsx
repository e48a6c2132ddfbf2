/**
 * The list of models and of the tags that lead to some, in the popover of `model-picker.tsx`: a listbox with a highlighted option that the arrow keys move, and
 * above it, when the list is long, the field that filters it (a combobox). The focus stays where one types.
 */
import { useQuery } from "@tanstack/react-query";
import {
  type KeyboardEvent,
  type ReactNode,
  useDeferredValue,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
} from "react";
import type { Model } from "../../api/types";
import { useTexts } from "../../i18n/use-texts";
import { Icon } from "../../ui/icons";
import { Skeleton } from "../../ui/states";
import { arrange, type Group, MANY, step, tagOf } from "./arrange";
import { texts } from "./list-texts";
import { ModelOption, priced } from "./model-option";
import { recentModels } from "./recent";
import { NO_RULES, type Rules, rulesQuery } from "./rules";
import "./model-list.css";

interface ModelListProps {
  workspace: string;
  models: readonly Model[];
  chosen: string | undefined;
  onChoose: (model: string) => void;
  onManage: () => void;
}

export default function ModelList({ workspace, ...list }: ModelListProps) {
  const { data, isPending, failureCount } = useQuery(rulesQuery(workspace));
  // Coming later, they would move what is under the pointer; but without them one can choose as well.
  if (isPending && failureCount === 0) return <Skeleton lines={6} />;
  return <List {...list} rules={data ?? NO_RULES} />;
}

function List({ models, rules, chosen, onChoose, onManage }: Omit<ModelListProps, "workspace"> & { rules: Rules }) {
  const t = useTexts(texts);
  const id = useId();
  const [query, setQuery] = useState("");
  const wanted = useDeferredValue(query);
  // As it was when the list was opened: choosing must not move what is under the pointer.
  const [recent] = useState(recentModels);
  const groups = useMemo(() => arrange(models, wanted, recent, rules), [models, wanted, recent, rules]);
  const options = useMemo(() => groups.flatMap((group) => group.models), [groups]);
  const [moved, setMoved] = useState<string | undefined>(chosen);
  const marked = options.findIndex((model) => model.id === moved);
  const active = marked >= 0 ? marked : wanted ? 0 : -1;
  const optionId = (model: Model) => `${id}-${encodeURIComponent(model.id)}`;
  const activeId = options[active] && optionId(options[active]);

  const long = models.length > MANY;
  const field = useRef<HTMLInputElement>(null);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // On a phone the field would bring the keyboard over the list.
    const touch = matchMedia("(hover: none) and (pointer: coarse)").matches;
    (touch ? box.current : (field.current ?? box.current))?.focus();
  }, []);
  useEffect(() => {
    if (activeId) document.getElementById(activeId)?.scrollIntoView({ block: "nearest" });
  }, [activeId]);

  const mark = (index: number) => setMoved(options[index]?.id);
  const choose = (model: Model | undefined) => {
    if (model?.available) onChoose(model.id);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const inField = event.target === field.current;
    if (event.key === "ArrowDown") mark(step(options.length, active, 1));
    else if (event.key === "ArrowUp") mark(step(options.length, active, -1));
    else if (event.key === "Home" && !inField) mark(0);
    else if (event.key === "End" && !inField) mark(options.length - 1);
    else if (event.key === "Enter" || (event.key === " " && !inField)) choose(options[active]);
    else {
      if (!inField && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) typeAhead(event.key);
      return;
    }
    event.preventDefault();
  };
  /** In a short list a letter goes to the next name that begins with it; in a long one typing begins the search. */
  const typeAhead = (letter: string) => {
    if (field.current) return field.current.focus();
    const from = options.slice(active + 1).concat(options.slice(0, active + 1));
    const next = from.find((model) => model.name.toLowerCase().startsWith(letter.toLowerCase()));
    if (next) setMoved(next.id);
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys of the field and of the listbox in it.
    <div className="models" onKeyDown={onKeyDown}>
      {long && (
        <div className="models-search">
          <Icon name="search" />
          <input
            ref={field}
            type="search"
            role="combobox"
            aria-label={t.search}
            aria-expanded
            aria-controls={`${id}-list`}
            aria-activedescendant={activeId}
            aria-autocomplete="list"
            autoComplete="off"
            spellCheck={false}
            placeholder={t.search}
            value={query}
            onChange={(event) => {
              setQuery(event.target.value);
              setMoved(undefined);
            }}
          />
        </div>
      )}
      <div
        ref={box}
        id={`${id}-list`}
        className="models-list"
        role="listbox"
        aria-label={t.models}
        tabIndex={0}
        aria-activedescendant={activeId}
      >
        {groups.map((group, index) => (
          <Options key={`${group.kind} ${group.name} ${index}`} group={group}>
            {(model) => (
              <ModelOption
                key={model.id}
                id={optionId(model)}
                model={model}
                tag={tagOf(model, rules)}
                withConnection={group.kind === "recent" || group.kind === "found"}
                chosen={model.id === chosen}
                active={model.id === options[active]?.id}
                onMark={() => setMoved(model.id)}
                onChoose={() => choose(model)}
              />
            )}
          </Options>
        ))}
      </div>
      {options.length === 0 && (
        <p className="models-none" role="status">
          {models.length === 0
            ? t.none
            : wanted.trim().startsWith("#")
              ? t.noRule(wanted.trim())
              : t.nothing(wanted.trim())}
        </p>
      )}
      <div className="models-foot">
        <span>{options.some(priced) && t.pricesNote}</span>
        <button type="button" className="button quiet" onClick={onManage}>
          <Icon name="key" />
          {t.manage}
        </button>
      </div>
    </div>
  );
}

interface OptionsProps {
  group: Group;
  children: (model: Model) => ReactNode;
}

function Options({ group, children }: OptionsProps) {
  const t = useTexts(texts);
  const heading = useId();
  const name = group.kind === "connection" ? group.name : t[group.kind];
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of options, not of fields.
    <div role="group" aria-labelledby={heading} className="models-group">
      <div id={heading} role="presentation" className={group.kind === "found" ? "sr-only" : "models-heading"}>
        {name}
      </div>
      {group.models.map(children)}
    </div>
  );
}
