/** What a person reads for the codes that the server answers with. A code that is not here speaks through its detail. */
import { catalogue } from "../i18n/catalogue";

const en = {
  unreachable: "The server can not be reached.",
  ours: "Something went wrong in the server.",
  reference: (request: string) => `If it goes on, tell your administrator this number: ${request}.`,
  unknown: "Something went wrong.",
  page: "Something went wrong in this page. Reload it and try again.",
  /** By the rule that a field broke; the server's own message tells the others. */
  rules: {
    required: () => "Something has to be here.",
    too_short: (limit: number) => `At least ${limit} characters, please.`,
    too_long: (limit: number) => `At most ${limit} characters, please.`,
    email: () => "That is not an email address.",
    slug: () => "Letters, digits, - and _, at most 64, beginning with a letter or digit.",
    taken: () => "Somebody or something else has this already.",
    mismatch: () => "That is not what is stored.",
  } as Record<string, (limit: number) => string>,
  codes: {
    unauthenticated: "You are logged out. Log in to go on.",
    wrong_credentials: "Email or password is wrong.",
    forbidden: "You may not do this here.",
    key_revoked: "The API key that this was asked with is revoked or has expired.",
    not_found: "It is not there any more, or it belongs to somebody else.",
    cross_site: "The browser did not prove that the request comes from this page. Reload and try again.",
    budget_exceeded: "The budget is used up.",
    precondition_failed: "Somebody else has changed this in the meantime. Look at it again, then repeat your change.",
    reply_running: "An answer is still being written. Wait for it or stop it first.",
    too_large: "That is too large.",
    context_length_exceeded:
      "The conversation is too long for this model. Begin a new one, or choose a model that reads more.",
    content_filter: "The model's provider refuses this content.",
    interrupted: "The answer was interrupted. What had arrived is kept.",
    cancelled: "You stopped this answer.",
    upstream_error: "The model's provider answered with an error.",
    upstream_authentication: "The provider refused the key. Check the connection's key.",
    upstream_unreachable: "The model's provider can not be reached.",
    upstream_timeout: "The model took too long to answer.",
    timeout: "The server took too long to answer. Try again.",
    unavailable: "The server is busy or starting. Try again in a moment.",
  } as Record<string, string>,
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./texts.de"));
