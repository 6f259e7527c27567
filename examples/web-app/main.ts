/**
 * `bun run example`: a page that has jobs done, on http://127.0.0.1:3100. It uses the Callboard at
 * CALLBOARD_URL, with the key in CALLBOARD_API_KEY; without that address it starts one, so that one command is all it takes.
 */
import { startCallboard } from "./callboard.ts"
import page from "./index.html"
import { makeProxy } from "./proxy.ts"

const { CALLBOARD_API_KEY, CALLBOARD_URL, PORT = "3100" } = process.env

const callboard = CALLBOARD_URL === undefined ? await startCallboard() : { url: new URL(CALLBOARD_URL) }
const pass = makeProxy(callboard.url, CALLBOARD_API_KEY)

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: Number(PORT),
  // Callboard holds a request up to 30 seconds until there is news.
  idleTimeout: 60,
  development: false,
  routes: { "/": page, "/api/jobs": pass, "/api/jobs/*": pass },
  fetch: () => new Response("There is no such page.", { status: 404 })
})

process.stdout.write(`The example is ready: ${server.url}\nThe board of its jobs: ${callboard.url}\n`)

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, async () => {
    if ("stop" in callboard) await callboard.stop(signal)
    process.exit(0)
  })
}
