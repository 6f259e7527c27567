/**
 * One action for one form, however often it is sent. Who presses a button again before the answer is there makes the
 * browser drop that answer, and with it what it alone holds: a secret that is shown once, or the cookie of a new session.
 *
 * A form that was sent is worked on to its end, whether or not somebody still waits. The same form again from the same
 * browser gets the same answer, for a minute, unless that was a large page of an ordinary form or many others came
 * between; later, or from a browser that has signed in meanwhile, it is refused without doing anything. What was refused
 * itself may be sent again. This process alone remembers it: behind a balancer the script of the pages, which sends no
 * form twice, is all there is.
 */
import type { Context, MiddlewareHandler, Next } from "hono"
import { createMiddleware } from "hono/factory"
import { ONCE_FIELD } from "../views/components/Once.tsx"
import type { ApiProblem } from "./api/problems.ts"
import { personOf } from "./callerOf.ts"
import { readLimited } from "./limits/readLimited.ts"
import { bodyProblem, LARGEST_FORM_BYTES } from "./limits/requestLimits.ts"
import { sessionOf } from "./sessionCookie.ts"

const KEPT_MS = 60_000

/** Forms that are remembered: one a second for some hours. */
const MOST_FORMS = 10_000

const LARGEST_ANSWER_BYTES = 256 * 1024

/** A page of an ordinary form that is larger can be had again in other ways. */
const LARGEST_ORDINARY_BYTES = 16 * 1024

/** All answers together: whoever may send forms must not fill the memory with them. */
const MOST_ANSWER_BYTES = 16 * 1024 * 1024

/** Read by `refuseSentForms`, once it is known who asks. */
const SENT_ALREADY = "sentAlready"

export const isSentAlready = (c: Context): boolean => c.get(SENT_ALREADY) === true

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: ArrayBuffer
}

interface SentForm {
  readonly path: string
  readonly session: string
  /** Absent once it is too old to be given again, or where others needed its place. */
  answer?: Promise<Answer>
}

const sizeOf = ({ body, headers }: Answer): number =>
  headers.entries().reduce((size, [name, value]) => size + name.length + value.length, body.byteLength)

/** What is marked so is shown once. */
const isShownOnce = ({ headers }: Answer): boolean => headers.get("Cache-Control")?.includes("no-store") === true

const isWorthKeeping = (answer: Answer): boolean =>
  sizeOf(answer) <= (isShownOnce(answer) ? LARGEST_ANSWER_BYTES : LARGEST_ORDINARY_BYTES)

const responseOf = ({ body, headers, status }: Answer): Response =>
  new Response(body.byteLength === 0 ? null : body, { status, headers: new Headers(headers) })

const hashOf = (...texts: ReadonlyArray<string>): string =>
  new Bun.CryptoHasher("sha256").update(JSON.stringify(texts)).digest("base64url")

const isPlainForm = ({ req }: Context): boolean =>
  req.method === "POST" &&
  !req.path.startsWith("/api/") &&
  req.raw.body !== null &&
  req.header("Authorization") === undefined &&
  req.header("Content-Type")?.startsWith("application/x-www-form-urlencoded") === true

export interface SentFormsOptions {
  readonly refuse: (c: Context, problem: ApiProblem) => Response | Promise<Response>
  readonly bodyTimeMs?: number
  readonly keptMs?: number
  readonly mostAnswerBytes?: number
}

export const makeSentForms = ({
  keptMs = KEPT_MS,
  mostAnswerBytes = MOST_ANSWER_BYTES,
  refuse,
  ...limits
}: SentFormsOptions) => {
  const sent = new Map<string, SentForm>()
  /** Answers that are kept, the oldest first, with their sizes. */
  const kept = new Map<SentForm, number>()
  let keptBytes = 0

  const drop = (form: SentForm) => {
    keptBytes -= kept.get(form) ?? 0
    kept.delete(form)
    delete form.answer
  }

  const keep = (form: SentForm, answer: Answer) => {
    if (!isWorthKeeping(answer)) return drop(form)
    kept.set(form, sizeOf(answer))
    keptBytes += sizeOf(answer)
    for (const oldest of kept.keys()) {
      if (keptBytes <= mostAnswerBytes) break
      drop(oldest)
    }
    setTimeout(() => drop(form), keptMs).unref()
  }

  const remember = (id: string, form: SentForm) => {
    sent.set(id, form)
    const [oldest] = sent
    if (sent.size <= MOST_FORMS || oldest === undefined) return
    sent.delete(oldest[0])
    drop(oldest[1])
  }

  const workOn = async (c: Context, next: Next): Promise<Answer> => {
    // Whoever sends the form again waits for this work, so it does not end when its own client goes away.
    c.req.raw = new Request(c.req.raw, { signal: new AbortController().signal })
    await next()
    const { headers, status } = c.res
    return { status, headers: new Headers(headers), body: await c.res.arrayBuffer() }
  }

  const answerTo = async (id: string, session: string): Promise<Answer | undefined> => {
    const form = sent.get(id)
    return form?.session === session ? form.answer : undefined
  }

  const placeOf = (c: Context) => ({ path: c.req.path, session: hashOf(sessionOf(c) ?? "") })

  /** The id of the form, none for what is no such form, or the answer to one that is not taken. */
  const idOf = async (c: Context): Promise<string | Response | undefined> => {
    const body = await readLimited(c.req.raw, { ...limits, mostBytes: LARGEST_FORM_BYTES })
    if (!(body instanceof Uint8Array)) return refuse(c, bodyProblem(body, LARGEST_FORM_BYTES))
    c.req.raw = new Request(c.req.raw, { body })
    const text = new TextDecoder().decode(body)
    return new URLSearchParams(text).get(ONCE_FIELD) ? hashOf(c.req.path, text) : undefined
  }

  /**
   * Stands before the identification: the first key of a server closes it to the browser that sends its form again. Of
   * those whom nobody knows yet it reads only what may be such a form.
   */
  const again: MiddlewareHandler = createMiddleware(async (c, next) => {
    if (!isPlainForm(c)) return next()
    const { path, session } = placeOf(c)
    const isLikeOneBefore = (form: SentForm) => form.answer && form.path === path && form.session === session
    if (!sent.values().some(isLikeOneBefore)) return next()
    const id = await idOf(c)
    if (id instanceof Response) return id
    const answer = id === undefined ? undefined : await answerTo(id, session)
    return answer === undefined ? next() : responseOf(answer)
  })

  /** Stands where it is known who asks. Of strangers nothing is remembered. */
  const once: MiddlewareHandler = createMiddleware(async (c, next) => {
    if (!isPlainForm(c) || personOf(c) === undefined) return next()
    const id = await idOf(c)
    if (id instanceof Response) return id
    if (id === undefined) return next()
    const { path, session } = placeOf(c)
    if (sent.has(id)) {
      const answer = await answerTo(id, session)
      if (answer !== undefined) return responseOf(answer)
      c.set(SENT_ALREADY, true)
      return next()
    }
    const form: SentForm = { path, session, answer: workOn(c, next) }
    remember(id, form)
    const answer = await form.answer!.catch((cause: unknown) => {
      sent.delete(id)
      throw cause
    })
    c.res = undefined
    c.res = responseOf(answer)
    // Nothing was done, so that it may be tried again.
    if (answer.status >= 400) sent.delete(id)
    else keep(form, answer)
  })

  return { again, once }
}
