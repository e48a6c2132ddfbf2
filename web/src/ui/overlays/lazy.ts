/**
 * A component that is loaded when it is first needed, or a little before: when the pointer or the focus reaches the control
 * that opens it. The accessible primitives are a third of the page's weight, and most visits never open a menu.
 */
import { type ComponentType, lazy } from "react";

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
