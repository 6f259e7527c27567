/**
 * The way from one worker to the database: a Unix socket that passes on what it gets, until it is cut. A cut link is silent,
 * as a network is that drops everything: nothing arrives, and nobody is told. What was sent meanwhile arrives when
 * the link is mended, late.
 */
import { mkdirSync } from "node:fs"
import { createConnection, createServer, type Socket } from "node:net"
import { join } from "node:path"
import { Effect, type Scope } from "effect"

const SOCKET = ".s.PGSQL.5432"

export interface Link {
  /** The directory of the worker's end. */
  readonly host: string
  readonly cut: Effect.Effect<void>
  readonly mend: Effect.Effect<void>
}

export const makeLink = (host: string, serverDirectory: string): Effect.Effect<Link, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const pairs = new Set<readonly [Socket, Socket]>()
      let isCut = false

      const connect = ([near, far]: readonly [Socket, Socket]) => {
        near.pipe(far)
        far.pipe(near)
      }
      const part = ([near, far]: readonly [Socket, Socket]) => {
        near.unpipe(far).pause()
        far.unpipe(near).pause()
      }
      const close = (pair: readonly [Socket, Socket]) => {
        pairs.delete(pair)
        for (const end of pair) end.destroy()
      }
      const server = createServer((near) => {
        const pair = [near, createConnection(join(serverDirectory, SOCKET))] as const
        pairs.add(pair)
        for (const end of pair) {
          end.on("error", () => undefined)
          end.on("close", () => {
            // Behind a cut nobody hears that the other end is gone.
            if (!isCut) close(pair)
          })
        }
        if (isCut) part(pair)
        else connect(pair)
      })
      mkdirSync(host, { recursive: true })
      server.listen(join(host, SOCKET))
      const cut = () => {
        isCut = true
        for (const pair of pairs) part(pair)
      }
      const mend = () => {
        isCut = false
        for (const pair of pairs) {
          if (pair.some((end) => end.destroyed)) close(pair)
          else connect(pair)
        }
      }
      const end = () => {
        server.close()
        for (const pair of pairs) close(pair)
      }
      return { link: { host, cut: Effect.sync(cut), mend: Effect.sync(mend) }, end }
    }),
    ({ end }) => Effect.sync(end)
  ).pipe(Effect.map(({ link }) => link))
