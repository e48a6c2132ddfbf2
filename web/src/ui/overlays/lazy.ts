/**
 * A component that is loaded when it is first needed, or a little before: when the pointer or the focus reaches the control
 * that opens it. The accessible primitives are a third of the page's weight, and most visits never open a menu.
 */
import { type ComponentType, lazy } from "react";

const AGAIN_MS = 2_000;

/**
 * For what comes by itself, not because somebody asked for it: tried until it is there. A part that can not be loaded takes the page
 * around it down, which a lost connection must not do.
 */
export async function insist<T>(load: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await load();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}

export function onDemand<P>(load: () => Promise<{ default: ComponentType<P> }>) {
  let loading: Promise<{ default: ComponentType<P> }> | undefined;
  const once = () => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
  const preload = () => void once().catch(() => {});
  return { Component: lazy(once), preload, intent: { onPointerEnter: preload, onFocus: preload } };
}
