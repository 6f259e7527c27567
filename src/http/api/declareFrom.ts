interface Described {
  readonly status: number
  readonly title: string
}

/** What a problem says besides its detail, from the table of its code. `type` is where the reference explains it. */
export const declareFrom =
  <const Codes extends Readonly<Record<string, Described>>>(codes: Codes) =>
  <const Code extends keyof Codes & string>(
    code: Code
  ): { type: `/api/docs#${Code}`; status: Codes[Code]["status"]; title: string } => ({
    type: `/api/docs#${code}`,
    ...codes[code]!
  })
