import type { Context } from "hono"

/** The texts of a sent form. What is no form counts as an empty one. NUL is dropped: no database text can hold it. */
export const formOf = async (c: Context): Promise<ReadonlyMap<string, string>> => {
  const data = await c.req.formData().catch(() => new FormData())
  const texts = [...data].flatMap(
    ([name, value]): ReadonlyArray<readonly [string, string]> =>
      typeof value === "string" ? [[name, value.replaceAll("\0", "").replaceAll("\r\n", "\n")]] : []
  )
  return new Map(texts)
}
