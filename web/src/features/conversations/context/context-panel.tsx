/**
 * The panel beside a conversation: what its answers draw on, the memories that are always at hand, and the way to make a memory of
 * it all. A new conversation has only the first. Loaded when it is opened; how files are chosen is given by the route.
 */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { explain } from "../../../api/problem";
import { followRun } from "../../../api/run";
import type { Collection } from "../../../api/types";
import { useTexts } from "../../../i18n/use-texts";
import { Callout } from "../../../ui/callout";
import { Failed } from "../../../ui/failed";
import { Switch } from "../../../ui/field";
import { FilterField } from "../../../ui/filter-field";
import { Icon } from "../../../ui/icons";
import { SidePanel } from "../../../ui/side-panel";
import { Skeleton } from "../../../ui/states";
import { useSettled } from "../../../ui/use-settled";
import { conversationQuery } from "../queries";
import { changed } from "./collection";
import { DrawnFiles } from "./drawn-files";
import { MemoryLine } from "./memory-line";
import { contextQuery, findQuery, useClose, useSetCollection, useSetState } from "./queries";
import { texts } from "./texts";
import "./context-panel.css";

interface ContextPanelProps {
  workspace: string;
  /** One that exists; a new one keeps what it will draw on elsewhere. */
  conversation: string | undefined;
  draft: Drawing;
  mayWrite: boolean;
  /** Asks for a folder or files; gives what was chosen. */
  renderChoice: (
    known: readonly string[],
    onChosen: (choice: { folder?: string; files?: string[] }) => void,
    onClose: () => void,
  ) => ReactNode;
  /** Leads to a memory, or to the inbox. */
  onMemory: (id: string) => void;
  onInbox: () => void;
  onClose: () => void;
}

export interface Drawing {
  collection: Collection | null | undefined;
  onCollection: (collection: Collection | null) => void;
}

export function ContextPanel(props: ContextPanelProps) {
  const { conversation } = props;
  const t = useTexts(texts);
  return (
    <SidePanel label={t.title} title={t.title} onClose={props.onClose}>
      {conversation ? <OfConversation {...props} conversation={conversation} /> : <Draws {...props} {...props.draft} />}
    </SidePanel>
  );
}

type KnownProps = ContextPanelProps & { conversation: string };

function OfConversation(props: KnownProps) {
  const { workspace, conversation, mayWrite, onMemory } = props;
  const t = useTexts(texts);
  const { data: thread } = useQuery(conversationQuery(conversation));
  const draw = useSetCollection(conversation);
  const query = useQuery({ ...contextQuery(conversation), refetchOnMount: "always" });
  const set = useSetState(conversation);
  const known = query.data;
  const active = known?.items.filter(({ state }) => state === "active").length ?? 0;
  if (query.isPending) return <Skeleton lines={8} />;
  if (!known) return <Failed error={query.error} onAgain={() => void query.refetch()} />;
  return (
    <>
      <Draws {...props} collection={thread?.data.collection} onCollection={draw.mutate} />
      <section className="context-part">
        <header>
          <h3>{t.beside}</h3>
          {known.items.length > 0 && <span className="hint">{t.state(active, known.items.length - active)}</span>}
        </header>
        <p className="hint">{known.items.length > 0 ? t.besideNote : t.besideNone}</p>
        <ul>
          {known.items.map(({ memory, state }) => (
            <MemoryLine key={memory.id} memory={memory} paused={state === "paused"} onOpen={onMemory}>
              {mayWrite && (
                <>
                  <IconButton
                    label={state === "paused" ? t.resume(memory.title) : t.pause(memory.title)}
                    icon={state === "paused" ? "play" : "pause"}
                    onClick={() => set.mutate({ memory, state: state === "paused" ? "active" : "paused" })}
                  />
                  <IconButton label={t.remove(memory.title)} icon="close" onClick={() => set.mutate({ memory })} />
                </>
              )}
            </MemoryLine>
          ))}
        </ul>
        {mayWrite && (
          <AddMemory
            workspace={workspace}
            known={known.items.map(({ memory }) => memory.id)}
            onAdd={(memory) => set.mutate({ memory, state: "active" })}
          />
        )}
      </section>
      {known.suggested.length > 0 && (
        <section className="context-part" aria-label={t.suggested}>
          <header>
            <h3>{t.suggested}</h3>
          </header>
          <p className="hint">{t.suggestedNote}</p>
          <ul>
            {known.suggested.map(({ memory }) => (
              <MemoryLine key={memory.id} memory={memory} onOpen={onMemory}>
                {mayWrite && (
                  <IconButton
                    label={t.add(memory.title)}
                    icon="plus"
                    onClick={() => set.mutate({ memory, state: "active" })}
                  />
                )}
              </MemoryLine>
            ))}
          </ul>
        </section>
      )}
      {mayWrite && <CloseInto {...props} />}
    </>
  );
}

interface IconButtonProps {
  label: string;
  icon: "play" | "pause" | "close" | "plus";
  onClick: () => void;
}

function IconButton({ label, icon, onClick }: IconButtonProps) {
  return (
    <button type="button" className="button quiet icon-only" aria-label={label} title={label} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}

type DrawsProps = Pick<ContextPanelProps, "mayWrite" | "renderChoice"> & Drawing;

function Draws({ mayWrite, renderChoice, collection, onCollection }: DrawsProps) {
  const t = useTexts(texts);
  const [choosing, setChoosing] = useState(false);
  const { everything = false, memories = false, folder, files = [] } = collection ?? {};
  const drawn = [...(folder ? [folder] : []), ...files];
  const change = (next: Collection) => onCollection(changed(collection, next));
  const leaveOut = (id: string) =>
    change(id === folder ? { folder: null } : { files: files.filter((each) => each !== id) });
  return (
    <section className="context-part" aria-label={t.collection}>
      <header>
        <h3>{t.collection}</h3>
      </header>
      <p className="hint">{t.collectionNote}</p>
      <Switch
        label={t.everything}
        hint={t.everythingNote}
        checked={everything}
        disabled={!mayWrite}
        onChange={(on) => change({ everything: on })}
      />
      {!everything && (
        <>
          <Switch
            label={t.memories}
            hint={t.memoriesNote}
            checked={memories}
            disabled={!mayWrite}
            onChange={(on) => change({ memories: on })}
          />
          <div className="switch-row">
            <div>
              <span className="context-label">{t.files}</span>
              {drawn.length === 0 && <span className="hint">{t.filesNone}</span>}
            </div>
            {mayWrite && (
              <button type="button" className="button" onClick={() => setChoosing(true)}>
                {t.choose}
              </button>
            )}
          </div>
          <DrawnFiles ids={drawn} onRemove={mayWrite ? leaveOut : undefined} />
        </>
      )}
      {choosing &&
        renderChoice(
          files,
          (choice) => {
            setChoosing(false);
            change({ folder: null, files: [], ...choice });
          },
          () => setChoosing(false),
        )}
    </section>
  );
}

interface AddMemoryProps {
  workspace: string;
  /** Those that are there already. */
  known: readonly string[];
  onAdd: (memory: { id: string; title: string; snippet: string; tags: string[] }) => void;
}

function AddMemory({ workspace, known, onAdd }: AddMemoryProps) {
  const t = useTexts(texts);
  const [text, setText] = useState("");
  const q = useSettled(text.trim());
  const found = useQuery({ ...findQuery(workspace, q), enabled: q !== "" });
  const shown = q === "" ? [] : (found.data?.filter(({ id }) => !known.includes(id)) ?? []);
  return (
    <div className="context-add">
      <FilterField label={t.addField} value={text} onChange={setText} />
      {q !== "" && found.isSuccess && shown.length === 0 && (
        <p className="hint" role="status">
          {t.noneFound}
        </p>
      )}
      {shown.length > 0 && (
        <ul>
          {shown.map(({ id, title, snippet, tags }) => (
            <li key={id}>
              <button
                type="button"
                className="menu-item"
                onClick={() => {
                  onAdd({ id, title, snippet, tags });
                  setText("");
                }}
              >
                <Icon name="plus" />
                <span className="menu-label">
                  {title}
                  <span className="menu-note">{snippet}</span>
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function CloseInto({ workspace, conversation, onInbox }: KnownProps) {
  const t = useTexts(texts);
  const client = useQueryClient();
  const close = useClose(conversation);
  const [state, setState] = useState<"open" | "closing" | "closed" | { failed: string }>("open");
  const begin = () => {
    setState("closing");
    close
      .mutateAsync()
      .then(followRun)
      .then(
        (why) => {
          setState(why ? { failed: why } : "closed");
          void client.invalidateQueries({ queryKey: ["memories", workspace] });
        },
        (error: unknown) => setState({ failed: explain(error) }),
      );
  };
  return (
    <section className="context-part">
      <header>
        <h3>{t.closeTitle}</h3>
      </header>
      <p className="hint">{t.closeNote}</p>
      {state === "closed" ? (
        <Callout
          tone="good"
          actions={
            <button type="button" className="button" onClick={onInbox}>
              {t.toInbox}
            </button>
          }
        >
          {t.closed}
        </Callout>
      ) : (
        <button type="button" className="button" disabled={state === "closing"} onClick={begin}>
          <Icon name="inbox" />
          {state === "closing" ? t.closing : t.closeAction}
        </button>
      )}
      {typeof state === "object" && <Callout tone="danger">{t.closeFailed(state.failed)}</Callout>}
    </section>
  );
}
