/**
 * Secrets of a webhook that were replaced and sign on for a day each, newest first, sealed together. A single one is kept as
 * older versions keep it, which know no more than one.
 */
import { Option, Schema } from "effect"

const FormerSecret = Schema.Struct({ secret: Schema.String, untilMs: Schema.Finite })
export type FormerSecret = typeof FormerSecret.Type

/** Each makes the header of a message longer by 48 characters. */
const MOST = 10

const decode = Schema.decodeUnknownOption(Schema.Array(FormerSecret))

/** Those that sign now. `untilMs` is the end of the last one. */
export const formerSecretsIn = (
  opened: unknown,
  { nowMs, untilMs }: { readonly nowMs: number; readonly untilMs: number }
): ReadonlyArray<FormerSecret> => {
  const all = typeof opened === "string" ? [{ secret: opened, untilMs }] : Option.getOrElse(decode(opened), () => [])
  return all.filter((each) => each.untilMs > nowMs)
}

export const keptFormerSecrets = (all: readonly [FormerSecret, ...Array<FormerSecret>]): unknown =>
  all.length === 1 ? all[0].secret : all.slice(0, MOST)
