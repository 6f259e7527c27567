/** The keys of the organisation, for its admins. */
import { Clock, DateTime, Effect, Option, Schema } from "effect"
import { type Context, Hono } from "hono"
import { ApiKeyId, ApiKeyNotFound, ApiKeys, callerOfKey, KeyName, mayGive } from "../../domain/ApiKeys.ts"
import { type Caller, Role } from "../../domain/Caller.ts"
import { BoardSessions } from "../../domain/Credentials.ts"
import { KeysPage, type KeysPageProps, type Lifetime, lifetimes } from "../../views/KeysPage.tsx"
import { type CallerEnv, callerOf } from "../callerOf.ts"
import { isOpen } from "../identify.ts"
import { keepSession } from "../sessionCookie.ts"
import { answer } from "./errorPage.tsx"
import { formOf } from "./formOf.ts"
import type { Identity } from "./Identity.ts"
import { needs } from "./needs.ts"
import { pageResponse } from "./page.tsx"

const DAY_MS = 24 * 60 * 60 * 1_000

const isLifetime = (text: string | undefined): text is Lifetime => text !== undefined && text in lifetimes

const nameOf = Schema.decodeUnknownOption(KeyName)
const idOf = Schema.decodeOption(ApiKeyId)

/** Who makes the first key has to get in again with it, and only an admin can make more. */
const rolesFor = (caller: Caller, isFirst: boolean): ReadonlyArray<Role> =>
  isFirst ? ["admin"] : Role.literals.filter((role) => mayGive(caller, role))

const load = (caller: Caller) =>
  Effect.gen(function* () {
    const keys = yield* (yield* ApiKeys).list(caller.organisationId)
    const roles = rolesFor(caller, yield* isOpen)
    return { keys, roles, nowMs: yield* Clock.currentTimeMillis } satisfies KeysPageProps
  })

const create = (caller: Caller, form: ReadonlyMap<string, string>) =>
  Effect.gen(function* () {
    const isFirst = yield* isOpen
    const name = nameOf(form.get("name")?.trim())
    const role = rolesFor(caller, isFirst).find((each) => each === form.get("role"))
    const lifetime = form.get("lifetime")
    if (Option.isNone(name)) return { ...(yield* load(caller)), problem: "Give it a name of 1 to 100 characters." }
    if (role === undefined || !isLifetime(lifetime)) {
      return { ...(yield* load(caller)), problem: "Choose a role and a time from the lists." }
    }
    const nowMs = yield* Clock.currentTimeMillis
    const { key, secret } = yield* (yield* ApiKeys).create({
      name: name.value,
      role,
      organisationId: caller.organisationId,
      createdBy: caller.name,
      ...(lifetime !== "never" && { expiresAt: DateTime.makeUnsafe(nowMs + Number(lifetime) * DAY_MS) })
    })
    // The first key ends the time without sign-in; whoever makes it goes on with it.
    const admin = isFirst ? callerOfKey(key) : undefined
    const entered = admin && { admin, cookie: yield* (yield* BoardSessions).start(admin) }
    return { ...(yield* load(admin ?? caller)), made: { name: key.name, secret }, ...(entered && { entered }) }
  })

interface Entered {
  readonly admin: Caller
  readonly cookie: string
}

export const keysRoutes = (identity: Identity) => {
  const show = (c: Context, props: KeysPageProps, status: 200 | 422 = 200) =>
    pageResponse(c, identity.info, { title: "Keys", status, here: "/keys", content: <KeysPage {...props} /> })

  return new Hono<CallerEnv>()
    .get("/keys", needs("administer"), (c) =>
      answer(c, identity, { load: load(callerOf(c)), show: (props) => show(c, props) })
    )
    .post("/keys", needs("administer"), async (c) => {
      const form = await formOf(c)
      return answer(c, identity, {
        load: create(callerOf(c), form),
        show: ({ entered, ...props }: KeysPageProps & { readonly entered?: Entered }) => {
          if (entered !== undefined) {
            keepSession(c, entered.cookie)
            c.set("caller", entered.admin)
          }
          const response = show(c, props, props.problem === undefined ? 200 : 422)
          // The page holds a key: nobody finds it in the browser's store or by going back.
          response.headers.set("cache-control", "no-store")
          return response
        }
      })
    })
    .post("/keys/:id/revoke", needs("administer"), (c) => {
      const { name, organisationId } = callerOf(c)
      const text = c.req.param("id")
      const revoke = Effect.gen(function* () {
        const id = idOf(text)
        if (Option.isNone(id)) return yield* new ApiKeyNotFound({ id: text })
        return yield* (yield* ApiKeys).revoke(organisationId, id.value, name)
      })
      return answer(c, identity, { load: revoke, show: () => c.redirect("/keys", 303) })
    })
}
