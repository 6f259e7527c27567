import { createContext } from "hono/jsx"
import { type Caller, localCaller } from "../../domain/Caller.ts"

/** For whom a page is made; undefined for those who are not signed in. */
export const PersonContext = createContext<Caller | undefined>(localCaller)
