/** What can be done with a message. Made by the page once for all messages, so that a message is drawn again only with reason. */
import type { Message } from "../../../api/types";

interface ModelChoice {
  id: string;
  name: string;
}

export interface MessageActions {
  /** The id of who looks. */
  me: string;
  /** False for observers, who read and copy. */
  mayWrite: boolean;
  /** Something is under way: no other answer can be asked for. */
  busy: boolean;
  /** The models that another answer can come from. */
  models: readonly ModelChoice[];
  nameOf: (model: string) => string;
  regenerate: (message: Message, model?: string) => void;
  goOn: (message: Message) => void;
  startEdit: (message: Message) => void;
  show: (message: string) => void;
  fork: (message: Message) => void;
  pin: (message: Message) => void;
  remove: (message: Message) => Promise<unknown>;
}

export interface Editing {
  text: string;
  /** Why the last attempt did not succeed. */
  error: Error | null;
  save: (text: string) => void;
  cancel: () => void;
}
