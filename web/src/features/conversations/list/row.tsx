/** A conversation in the list: the way to it, what it is doing, and what can be done with it. */
import { Link } from "@tanstack/react-router";
import { Fragment, memo, useEffect, useRef } from "react";
import type { Conversation } from "../../../api/types";
import { useTexts } from "../../../i18n/use-texts";
import { Icon } from "../../../ui/icon";
import { Menu, type MenuEntry } from "../../../ui/menu";
import { keyName } from "../../../ui/shortcuts";
import { showToast } from "../../../ui/toast";
import { cutAt } from "./mark";
import { texts } from "./texts";

/** What a row asks of the list. The functions stay the same, so that a row is drawn again only when it changes. */
export interface RowActions {
  rename: (id: string) => void;
  /** The title that was typed, or nothing when it stays. */
  renamed: (row: Conversation, title?: string) => void;
  change: (row: Conversation, change: { pinned?: boolean; archived?: boolean }) => void;
  remove: (row: Conversation) => void;
  /** Asks its last question again of other models. */
  replay: (row: Conversation) => void;
  focused: (id: string) => void;
}

interface RowProps {
  row: Conversation;
  /** The workspace's name in the address. */
  slug: string;
  selected: boolean;
  /** The one row that the Tab key reaches; arrow keys reach the others. */
  stop: boolean;
  renaming: boolean;
  /** Somebody else in the workspace began it. */
  foreign: boolean;
  mayWrite: boolean;
  /** What was searched for, to be marked. */
  q: string;
  actions: RowActions;
}

export const Row = memo(function Row(props: RowProps) {
  const { row, slug, selected, stop, renaming, foreign, mayWrite, q, actions } = props;
  const t = useTexts(texts);
  const title = row.title || t.untitled;
  if (renaming) return <RenameForm title={row.title} onDone={(next) => actions.renamed(row, next)} />;
  return (
    <div className="row" data-selected={selected || undefined}>
      <Link
        to="/w/$workspace/c/$conversationId"
        params={{ workspace: slug, conversationId: row.id }}
        className="list-link"
        data-row={row.id}
        tabIndex={stop ? 0 : -1}
        draggable={false}
        onFocus={() => actions.focused(row.id)}
      >
        {row.active_run_id && <span className="dot" role="img" aria-label={t.writing} title={t.writing} />}
        <span className="list-title" title={title}>
          {q
            ? cutAt(title, q).map((part, index) =>
                index % 2 ? <mark key={index}>{part}</mark> : <Fragment key={index}>{part}</Fragment>,
              )
            : title}
        </span>
        {foreign && (
          <span className="list-sign" role="img" aria-label={t.foreign} title={t.foreign}>
            <Icon name="users" />
          </span>
        )}
        {q && row.pinned && (
          <span className="list-sign" role="img" aria-label={t.pinned} title={t.pinned}>
            <Icon name="pin" />
          </span>
        )}
      </Link>
      <Menu
        label={t.more(title)}
        title={t.moreTitle}
        button={<Icon name="more" />}
        buttonClass="button quiet icon-only"
        align="end"
        tabIndex={stop ? 0 : -1}
        entries={() => entries(row, mayWrite, actions)}
      />
    </div>
  );
});

function entries(row: Conversation, mayWrite: boolean, actions: RowActions): MenuEntry[] {
  const t = texts.now();
  const read: MenuEntry[] = [
    { label: t.copyLink, icon: "link", onSelect: () => copyLink(row.id) },
    { label: t.exportMarkdown, icon: "download", onSelect: () => saveFile(row.id, "markdown") },
    { label: t.exportPdf, icon: "download", onSelect: () => saveFile(row.id, "pdf") },
  ];
  if (!mayWrite) return read;
  return [
    { label: t.rename, icon: "pencil", keys: keyName("f2"), onSelect: () => actions.rename(row.id) },
    ...(row.archived
      ? []
      : ([
          {
            label: row.pinned ? t.unpin : t.pin,
            icon: "pin",
            onSelect: () => actions.change(row, { pinned: !row.pinned }),
          },
        ] as const)),
    {
      label: row.archived ? t.restore : t.archive,
      icon: row.archived ? "undo" : "archive",
      onSelect: () => actions.change(row, { archived: !row.archived }),
    },
    ...read,
    // A comparison has several answers already.
    ...(row.kind === "comparison"
      ? []
      : ([{ label: t.replay, icon: "layers", onSelect: () => actions.replay(row) }] as const)),
    "separator",
    { label: t.delete, icon: "trash", keys: keyName("delete"), danger: true, onSelect: () => actions.remove(row) },
  ];
}

/** The short address: it stays good when the workspace gets another name. */
export function copyLink(id: string): void {
  const t = texts.now();
  // Over plain HTTP there is no clipboard at all.
  const copied = navigator.clipboard?.writeText(`${location.origin}/c/${id}`) ?? Promise.reject();
  copied.then(
    () => showToast({ text: t.linkCopied }),
    () => showToast({ text: t.linkNotCopied, tone: "danger" }),
  );
}

function saveFile(id: string, format: "markdown" | "pdf"): void {
  const link = document.createElement("a");
  link.href = `/api/conversations/${id}/export?format=${format}`;
  link.download = "";
  link.click();
}

/** The title as a field in the row's place: Enter and leaving it save, Escape does not. */
function RenameForm({ title, onDone }: { title: string; onDone: (title?: string) => void }) {
  const t = useTexts(texts);
  const field = useRef<HTMLInputElement>(null);
  const done = useRef(false);
  useEffect(() => {
    // The menu that was just closed gives the focus back to its button first.
    const timer = setTimeout(() => {
      field.current?.focus();
      field.current?.select();
    }, 30);
    return () => clearTimeout(timer);
  }, []);
  const finish = (next?: string) => {
    if (done.current) return;
    done.current = true;
    onDone(next?.trim());
  };
  return (
    <form
      className="row renaming"
      onSubmit={(event) => {
        event.preventDefault();
        finish(field.current?.value);
      }}
    >
      <input
        ref={field}
        aria-label={t.newTitle}
        defaultValue={title}
        maxLength={200}
        autoComplete="off"
        onBlur={(event) => finish(event.target.value)}
        onKeyDown={(event) => {
          // Neither the list's keys nor the drawer's.
          event.stopPropagation();
          if (event.key === "Escape") finish();
        }}
      />
    </form>
  );
}
