/** Addresses that nobody's page leads to, over a real database. */
import { expect } from "bun:test"
import { Effect } from "effect"
import { Hono } from "hono"
import { boardRoutes } from "../../../src/http/pages/boardRoutes.ts"
import { realApi } from "../../support/RealApi.ts"
import { tagDishes } from "../../support/tagDishes.ts"
import { asLocalCaller } from "../asLocal.ts"
import { noFeeds } from "../noFeeds.ts"

realApi([tagDishes])("does not blame the database for an address that cannot be right", ({ run }) =>
  Effect.gen(function* () {
    const app = new Hono()
      .use(asLocalCaller)
      .route("/", boardRoutes({ run, feeds: noFeeds, info: { localOnly: true } }))
    const seen = yield* Effect.forEach(
      [
        ["GET", "/jobs?after=zzz&q=menu"],
        ["GET", "/restaurants/%00"],
        ["POST", "/restaurants/%00/note"]
      ],
      ([method, path]) =>
        Effect.promise(async () => {
          const { headers, status } = await app.request(path!, { method: method! })
          return [status, headers.get("location")]
        })
    )

    expect(seen).toEqual([
      [303, "/jobs?q=menu"],
      [404, null],
      [404, null]
    ])
  })
)
