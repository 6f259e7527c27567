/** The whole app over fakes, with everybody asked who they are. */
import { Effect } from "effect"
import { type AppOptions, makeApp } from "../../src/http/app.ts"
import { type IdentifyOptions, type IdentityServices, identify } from "../../src/http/identify.ts"
import { boardRoutes } from "../../src/http/pages/boardRoutes.ts"
import { renderErrorPage } from "../../src/http/pages/errorPage.tsx"
import { identityRoutes } from "../../src/http/pages/identityRoutes.ts"
import { makeRun, makeRunWith } from "../../src/http/Run.ts"
import { makeApi, readAnswer, toRequest } from "./calls.ts"
import { noFeeds } from "./noFeeds.ts"

const info = { localOnly: true }

export const makeIdentityApp = (options: Partial<IdentifyOptions> = {}, others: Partial<AppOptions> = {}) =>
  Effect.gen(function* () {
    const api = yield* makeApi
    const run = yield* makeRun.pipe(Effect.provideContext(api.services))
    const runIdentity = yield* makeRunWith<IdentityServices>().pipe(Effect.provideContext(api.services))
    const app = makeApp({
      run,
      apiHandler: api.handler,
      identify: (refuse) => identify({ run: runIdentity, refuse, local: true, ...options }),
      board: boardRoutes({ run, feeds: noFeeds, info }),
      mounts: { "/": identityRoutes({ run: runIdentity, info }) },
      errorPage: renderErrorPage(info),
      ...others
    })
    const fetch = (...request: Parameters<typeof toRequest>) =>
      Effect.promise(async () => app.fetch(toRequest(...request)))
    const ask = (...request: Parameters<typeof toRequest>) => Effect.flatMap(fetch(...request), readAnswer)
    /** The form of a page, sent by that page. */
    const send = (path: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
      fetch("POST", path, {
        body: new URLSearchParams(form).toString(),
        headers: { "Content-Type": "application/x-www-form-urlencoded", ...headers }
      })
    return { ...api, app, ask, fetch, send }
  })

export const bearer = (secret: string) => ({ headers: { Authorization: `Bearer ${secret}` } })

export const codeOf = ({ json }: { readonly json: unknown }) => (json as { readonly code?: string } | undefined)?.code

export const cookieOf = (response: Response) =>
  /callboard-session=([^;]*)/u.exec(response.headers.get("Set-Cookie") ?? "")?.[1]

export const text = (response: Response) => Effect.promise(() => response.text())
