/** Open tabs of the board while a few jobs change: what their updates cost the server, and each of them. */
import { connect, type Socket } from "node:net"
import type { SQL } from "bun"
import type { CpuSeconds } from "./CpuMeter.ts"

export interface Tabs {
  readonly open: number
  readonly cpu: CpuSeconds
  /** The same time with the same changes, before any tab was open. */
  readonly idle: CpuSeconds
  readonly messagesPerSecond: number
  readonly kilobytesPerSecond: number
}

interface TabsOptions {
  readonly base: URL
  readonly sql: SQL
  /** Paths of the pages, one after the other, until there are enough. */
  readonly pages: ReadonlyArray<string>
  readonly tabs: number
  readonly seconds: number
  /** Jobs that run. Each says something new each second. */
  readonly changing: ReadonlyArray<string>
  readonly during: (body: () => Promise<unknown>) => Promise<{ readonly cpu: CpuSeconds }>
}

/** As a browser does: the address of the stream stands in the page. */
const feedOf = async (base: URL, path: string): Promise<string> => {
  const html = await (await fetch(new URL(path, base))).text()
  const url = /hx-sse:connect="([^"]+)"/u.exec(html)?.[1]
  if (url === undefined) throw new Error(`${path} has no stream`)
  return url.replaceAll("&amp;", "&")
}

const openTab = (base: URL, feed: string, onData: (chunk: Buffer) => void) =>
  new Promise<Socket>((resolve, reject) => {
    const socket = connect(Number(base.port), base.hostname, () => {
      socket.write(`GET ${feed} HTTP/1.1\r\nHost: ${base.host}\r\n\r\n`)
      resolve(socket)
    })
    socket.on("data", onData)
    socket.on("error", reject)
  })

const change = (sql: SQL, ids: ReadonlyArray<string>, round: number) => sql`
  UPDATE script_jobs SET progress_message = ${`item ${round} of 1000`}, progress_percent = ${1 + (round % 90)}
  WHERE id = ANY (${sql.array([...ids], "TEXT")}::text[]::uuid[])`

export const openTabs = async ({ base, changing, during, pages, seconds, sql, tabs }: TabsOptions): Promise<Tabs> => {
  let rounds = 0
  const work = async () => {
    for (let second = 0; second < seconds; second++) {
      await change(sql, changing, ++rounds)
      await Bun.sleep(1_000)
    }
  }
  const { cpu: idle } = await during(work)
  const feeds = await Promise.all(pages.map((path) => feedOf(base, path)))
  const seen = { messages: 0, bytes: 0, open: 0 }
  const sockets = await Promise.all(
    Array.from({ length: tabs }, (_, number) =>
      openTab(base, feeds[number % feeds.length]!, (chunk) => {
        const text = chunk.toString("latin1")
        if (text.includes("200 OK")) seen.open += 1
        // Each ends with an empty line.
        seen.messages += (text.match(/\n\n/gu)?.length ?? 0) - (text.match(/: beat\n/gu)?.length ?? 0)
        seen.bytes += chunk.length
      })
    )
  )
  // What everybody gets at the start is not an update.
  await Bun.sleep(5_000)
  Object.assign(seen, { messages: 0, bytes: 0 })
  const { cpu } = await during(work)
  for (const socket of sockets) socket.destroy()
  return {
    open: seen.open,
    cpu,
    idle,
    messagesPerSecond: seen.messages / tabs / seconds,
    kilobytesPerSecond: seen.bytes / 1_024 / tabs / seconds
  }
}
