import { Schema } from "effect"
import { HttpApiError } from "effect/http-api"

interface Described {
  readonly status: number
  readonly title: string
}

/**
 * Problems of a table of codes. What one says besides its detail and its own fields is said by its code; `type` is where
 * the reference explains it.
 */
export const problemFrom =
  <const Codes extends Readonly<Record<string, Described>>>(codes: Codes) =>
  <Self>() =>
  <
    const Tag extends string,
    const Code extends keyof Codes & string,
    const Fields extends HttpApiError.ProblemExtensionFields = Record<never, never>
  >(
    tag: Tag,
    code: Code,
    fields?: Fields
  ) =>
    HttpApiError.Problem<Self>()<
      Tag,
      `/api/docs#${Code}`,
      Codes[Code]["status"],
      { readonly code: Schema.tag<Code> } & Fields
    >(tag, { type: `/api/docs#${code}`, ...codes[code]! }, { code: Schema.tag(code), ...fields } as {
      readonly code: Schema.tag<Code>
    } & Fields)
