/** How the references of an answer, `[1]`, are drawn: given by whoever knows its sources, else they are the text they are. */
import { createContext, type ReactNode } from "react";

export type CiteText = (text: string) => ReactNode;

export const Cite = createContext<CiteText | undefined>(undefined);
