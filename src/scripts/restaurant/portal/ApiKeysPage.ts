/**
 * The portal shows a new key once, in the answer that creates it. That answer is taken before the browser gets it and
 * handed on without the key: no picture, recording or trace of the browser can show what it never had.
 */
import { Effect, Redacted } from "effect"
import type { Route } from "playwright"
import { FatalError } from "../../../domain/JobError.ts"
import { button, field, heading, rowsOf } from "./Controls.ts"
import { makeForm, refused } from "./Form.ts"
import type { Portal } from "./Portal.ts"

export const permissions = ["Read the menu", "Change the menu", "Read orders", "Change orders"] as const
export type Permission = (typeof permissions)[number]

export interface ListedKey {
  readonly name: string
  /** The part of the key that the portal goes on showing. */
  readonly start: string
  readonly note: string
}

export interface NewKey {
  readonly name: string
  readonly note: string
  readonly permissions: ReadonlyArray<Permission>
}

/** Plain ASCII, because the page may be in any encoding. */
const HIDDEN = "(hidden)"
const LONGEST_ANSWER_MS = 60_000

const fields = {
  name: field("Name"),
  note: field("Note"),
  ...Object.fromEntries(permissions.map((permission) => [permission, field(permission, "The key may")]))
}

/** What belongs to a connection or to how an answer was packed, and is made anew on the way on. */
const ofConnection = new Set(["connection", "content-encoding", "content-length", "host", "transfer-encoding"])

const withoutConnection = (headers: Iterable<readonly [string, string]>) =>
  Object.fromEntries([...headers].filter(([name]) => !ofConnection.has(name) && !name.startsWith(":")))

/** Playwright takes several cookies as lines of one header. */
const headersOf = ({ headers }: Response) => {
  const cookies = headers.getSetCookie()
  return { ...withoutConnection(headers), ...(cookies.length > 0 && { "set-cookie": cookies.join("\n") }) }
}

/** Sends the browser's request itself. Gives the key of the answer, and the answer without it. */
const exchange = async (route: Route) => {
  const request = route.request()
  const answer = await fetch(request.url(), {
    method: request.method(),
    headers: withoutConnection(Object.entries(await request.allHeaders())),
    body: request.postData(),
    redirect: "manual",
    signal: AbortSignal.timeout(LONGEST_ANSWER_MS)
  })
  let key: string | undefined
  const hideKey = new HTMLRewriter().on("input#new-key", {
    element: (element) => {
      key = element.getAttribute("value") ?? undefined
      element.setAttribute("value", HIDDEN)
    }
  })
  const page = hideKey.transform(await answer.text())
  // Without the key where it should be, a success has it somewhere else; with it, the key may stand there twice.
  const isElsewhere = key === undefined ? answer.ok : key !== "" && page.includes(key)
  const body = isElsewhere ? "" : page
  await route.fulfill({ status: answer.status, headers: headersOf(answer), body })
  return key
}

/** A route handler that takes the key of the next form's answer. */
const makeTaking = () => {
  let taken: Promise<string | undefined> = Promise.resolve(undefined)
  const intercept = (route: Route): Promise<void> => {
    const request = route.request()
    // What the scripts of the page send on their own has no key in its answer.
    if (request.method() !== "POST" || !request.isNavigationRequest()) return route.fallback()
    taken = exchange(route)
    return taken.then(
      () => undefined,
      () => route.abort()
    )
  }
  return { intercept, key: () => taken }
}

const EVERYWHERE = "**/*"

const keyIsElsewhere = new FatalError({
  code: "ELEMENT_NOT_FOUND",
  message: "The portal has changed: it created the key, but the field “Your new key” is not in its answer any more.",
  hint: "Nobody has seen the key. The script has to learn the new page; retry the job then, and it is replaced."
})

export const makeApiKeysPage = (portal: Portal) => {
  const form = makeForm(portal, fields, button("Create key"))
  return {
    /** All keys of the restaurant. */
    read: portal.open("api-keys").pipe(
      Effect.andThen(portal.find(heading("API keys"))),
      Effect.andThen(portal.use((page) => rowsOf(page, "All keys"))),
      Effect.map((rows) =>
        rows.map(
          ({ cells: [name = "", start = "", , note = ""] }): ListedKey => ({
            name,
            start: start.replace("…", ""),
            note
          })
        )
      )
    ),

    /** Creates a key while the page is open. */
    create: Effect.fn("ApiKeysPage.create")(function* ({ name, note, permissions }: NewKey) {
      const { intercept, key } = makeTaking()
      const wanted = { name, note, ...Object.fromEntries(permissions.map((permission) => [permission, true])) }
      yield* portal.use((page) => page.route(EVERYWHERE, intercept))
      const words = yield* form
        .save(wanted)
        .pipe(Effect.ensuring(Effect.ignore(portal.use((page) => page.unroute(EVERYWHERE, intercept)))))
      if (words !== undefined) return yield* refused(`the key “${name}”`, words)
      const text = yield* portal.use(key)
      return text === undefined ? yield* keyIsElsewhere : Redacted.make(text)
    }),

    /** Revokes a key while the page is open: whoever uses it is locked out. */
    revoke: ({ start }: ListedKey) => portal.submit(button(`Revoke ${start}`))
  }
}
