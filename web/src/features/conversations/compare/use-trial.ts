/** One question of a visitor to some models, and its stream. What is known of it is gone with the page. */
import { useEffect, useRef, useState } from "react";
import { createParser, readStream } from "../../../api/events";
import { Unreachable } from "../../../api/problem";
import { onFrames } from "../use-reply";
import { applyComparisonEvent, type ComparisonState, newComparison } from "./lanes-state";

export interface Trial {
  /** Who was asked last, by lane. */
  models: readonly string[];
  state: ComparisonState | undefined;
  running: boolean;
  error: unknown;
  ask: (prompt: string, models: readonly string[]) => void;
  stop: () => void;
}

export function useTrial(): Trial {
  const [asked, setAsked] = useState<readonly string[]>([]);
  const [state, setState] = useState<ComparisonState>();
  const [running, setRunning] = useState(false);
  const [error, setError] = useState<unknown>();
  const current = useRef<AbortController>(undefined);
  useEffect(() => () => current.current?.abort(), []);

  const ask = (prompt: string, models: readonly string[]) => {
    const control = new AbortController();
    current.current = control;
    setAsked(models);
    setState(undefined);
    setError(undefined);
    setRunning(true);
    follow({ prompt, models }, control.signal, setState)
      .catch((thrown: unknown) => {
        if (!control.signal.aborted) setError(thrown);
      })
      .finally(() => {
        if (current.current === control) setRunning(false);
      });
  };
  const stop = () => {
    current.current?.abort();
    setRunning(false);
  };
  return { models: asked, state, running, error, ask, stop };
}

interface Question {
  prompt: string;
  models: readonly string[];
}

/** Reads the stream to its end, showing at most one state a frame. */
async function follow(body: Question, signal: AbortSignal, show: (state: ComparisonState) => void): Promise<void> {
  let state = newComparison("");
  const frames = onFrames(() => show(state));
  try {
    const events = readStream("/api/compare-stream", { signal }, { body, parse: createParser() });
    for await (const event of events) {
      state = applyComparisonEvent(state, event);
      frames.ask();
    }
    // Nothing of it is kept: there is nowhere to go on from.
    if (!state.ended) throw new Unreachable("The stream broke off.");
  } finally {
    frames.cancel();
    show(state);
  }
}
