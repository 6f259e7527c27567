import type { Caller } from "../../domain/Caller.ts"

/** Who did it, under this key. Where nobody signs in there is nobody to name. */
export const callersName = <K extends string>({ name, via }: Caller, key: K): { readonly [_ in K]?: string } =>
  (via === "local" ? {} : { [key]: name }) as { readonly [_ in K]?: string }
