/**
 * What one question draws on: a button with a menu to choose it or to attach files, and a tray with what was chosen. For the composer,
 * and for the page where a comparison begins; the form around it takes what is dropped and pasted.
 */
import { Suspense, useCallback, useRef, useState } from "react";
import type { Collection } from "../../../api/types";
import { useTexts } from "../../../i18n/use-texts";
import { Icon } from "../../../ui/icon";
import { Menu, type MenuEntry } from "../../../ui/menu";
import { insist, onDemand } from "../../../ui/overlays/lazy";
import type { Agent } from "./attachments/agent-of";
import { type Attached, type Drawing, drawnOn } from "./attachments/port";
import { useDrop } from "./attachments/use-drop";
import { texts } from "./texts";
import "./composer.css";

const tray = onDemand(() => insist(() => import("./attachments/tray")));
const agentTray = onDemand(() => insist(() => import("./attachments/agent-tray")));
const NOTHING: Attached = { ids: [], waiting: false };

/** What the next message draws on, beside what its conversation draws on. */
export function useDraws(drawing: Drawing | undefined) {
  const form = useRef<HTMLFormElement>(null);
  const waiting = useRef<File[]>([]);
  const [given, setGiven] = useState(0);
  const [chosen, setChosen] = useState<Collection>();
  const [attached, setAttached] = useState(NOTHING);
  const [toAgent, setToAgent] = useState<{ agent: Agent; files: File[] }>();
  const [sending, setSending] = useState(false);
  // A tray of its own for each message.
  const [round, setRound] = useState(0);
  const give = (files: Iterable<File>) => {
    waiting.current.push(...files);
    setGiven((count) => count + 1);
  };
  const giveAgent = (agent: Agent, files: Iterable<File>) =>
    setToAgent((now) => ({ agent, files: [...(now?.agent.id === agent.id ? now.files : []), ...files] }));
  const over = useDrop(form, drawing && give);
  const take = useCallback(() => waiting.current.splice(0), []);
  const forget = () => {
    setRound((count) => count + 1);
    setGiven(0);
    setChosen(undefined);
    setToAgent(undefined);
  };
  const collection = drawnOn(chosen, attached.ids);
  const agents = { toAgent, giveAgent, sending, setSending };
  return {
    form,
    given,
    give,
    take,
    over,
    chosen,
    setChosen,
    attached,
    setAttached,
    round,
    collection,
    forget,
    ...agents,
  };
}

interface DrawsProps {
  drawing: Drawing;
  agent?: Agent;
  draws: ReturnType<typeof useDraws>;
}

/** The button for it, and the tray when there is something in it. */
export function Draws({ drawing, agent, draws }: DrawsProps) {
  const t = useTexts(texts);
  const files = useRef<HTMLInputElement>(null);
  // Whom the files that are about to be chosen are for; nobody but the next message when absent.
  const forAgent = useRef<Agent>(undefined);
  const [choosing, setChoosing] = useState(false);
  const { chosen, setChosen, over, given, round, toAgent } = draws;
  const chooseFiles = (whom?: Agent) => {
    forAgent.current = whom;
    files.current?.click();
  };
  const choose = (collection: Collection) => () => setChosen(collection);
  const entries: MenuEntry[] = [
    { label: t.attach, note: t.attachNote, icon: "paperclip", onSelect: () => chooseFiles() },
    ...(agent
      ? ([
          { label: t.toAgent(agent.name), note: t.toAgentNote, icon: "send", onSelect: () => chooseFiles(agent) },
        ] as const)
      : []),
    "separator",
    { label: t.everything, icon: "layers", checked: chosen?.everything, onSelect: choose({ everything: true }) },
    { label: t.memories, icon: "memory", checked: chosen?.memories, onSelect: choose({ memories: true }) },
    { label: t.choose, icon: "folder", onSelect: () => setChoosing(true) },
  ];
  return (
    <>
      <div className="composer-trays">
        {(given > 0 || over || chosen) && (
          <Suspense>
            <tray.Component
              key={round}
              port={drawing}
              take={draws.take}
              given={given}
              over={over}
              chosen={chosen}
              onChosen={setChosen}
              onChange={draws.setAttached}
            />
          </Suspense>
        )}
        {toAgent && (
          <Suspense>
            <agentTray.Component
              key={`${toAgent.agent.connection} ${toAgent.agent.id}`}
              agent={toAgent.agent}
              given={toAgent.files}
              onWaiting={draws.setSending}
            />
          </Suspense>
        )}
      </div>
      <span className="composer-add">
        <Menu
          label={t.add}
          button={<Icon name="plus" />}
          buttonClass="button quiet icon-only"
          entries={entries}
          side="top"
        />
      </span>
      <input
        ref={files}
        type="file"
        multiple
        hidden
        accept={drawing.accept}
        aria-label={t.attach}
        onChange={(event) => {
          const chosenFiles = [...(event.target.files ?? [])];
          if (forAgent.current) draws.giveAgent(forAgent.current, chosenFiles);
          else draws.give(chosenFiles);
          // The same file can be chosen again after it was removed.
          event.target.value = "";
        }}
      />
      {choosing &&
        drawing.renderChoice(
          chosen?.files ?? [],
          (choice) => {
            setChoosing(false);
            setChosen(choice);
          },
          () => setChoosing(false),
        )}
    </>
  );
}
