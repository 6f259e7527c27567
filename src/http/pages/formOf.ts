import type { Context } from "hono"

/** NUL is dropped: no database text can hold it. */
export const asTyped = (text: string): string => text.replaceAll("\0", "").replaceAll("\r\n", "\n")

/** The texts of a sent form. What is no form counts as an empty one. */
export const formOf = async (c: Context): Promise<ReadonlyMap<string, string>> => {
  const data = await c.req.formData().catch(() => new FormData())
  const texts = [...data].flatMap(
    ([name, value]): ReadonlyArray<readonly [string, string]> =>
      typeof value === "string" ? [[name, asTyped(value)]] : []
  )
  return new Map(texts)
}
