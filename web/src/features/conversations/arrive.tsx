/**
 * Leads to the message that the address names behind `#`: a link from a search, a memory or a citation. Loads older messages
 * until it is there; when the shown branch does not have it, shows the branch that does. Loaded with such an address.
 */
import { useEffect, useRef } from "react";
import { explain } from "../../api/problem";
import type { Message } from "../../api/types";
import { showToast } from "../../ui/toast";
import { useShowBranch } from "./queries";

/** Pages that are read on the way, of a hundred messages each. */
const PAGES_MAX = 100;

interface ArriveProps {
  target: string;
  workspace: string;
  conversation: string;
  messages: readonly Message[];
  more: boolean;
  loadOlder: () => Promise<unknown>;
  onJump: (message: string) => void;
}

export default function Arrive(props: ArriveProps) {
  const { target, workspace, conversation, messages, more } = props;
  const { mutateAsync: showBranch } = useShowBranch(workspace, conversation);
  const state = useRef({ over: false, pages: 0, branched: false });
  const ways = useRef(props);
  useEffect(() => {
    ways.current = props;
  });
  // Each page that has come changes `messages`, which looks again.
  useEffect(() => {
    const now = state.current;
    if (now.over) return;
    const giveUp = (error: unknown) => {
      now.over = true;
      showToast({ text: explain(error), tone: "danger" });
    };
    if (messages.some(({ id }) => id === target)) {
      now.over = true;
      ways.current.onJump(target);
    } else if (more && now.pages < PAGES_MAX) {
      now.pages += 1;
      ways.current.loadOlder().catch(giveUp);
    } else if (!now.branched) {
      now.branched = true;
      showBranch(target).catch(giveUp);
    } else now.over = true;
  }, [messages, more, target, showBranch]);
  return null;
}
