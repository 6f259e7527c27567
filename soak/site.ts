/** The page that the jobs work on: a form, and enough of a list to be worth some memory. */
import { Effect } from "effect"

const LINES = 500

const PAGE = `<!doctype html><html lang="en"><title>Dishes</title>
<label>Dish <input id="dish"></label>
<button onclick="document.querySelector('p').textContent = 'Saved: ' + document.getElementById('dish').value">Save</button>
<p></p><ul>${"<li>A dish of the menu</li>".repeat(LINES)}</ul></html>`

/** Answers when as many have come as there are browsers, so that afterwards each of them has worked. */
const makeMeeting = (size: number) => {
  let waiting: Array<() => void> = []
  return () =>
    new Promise<Response>((resolve) => {
      waiting.push(() => resolve(new Response("all are here")))
      if (waiting.length < size) return
      for (const answer of waiting) answer()
      waiting = []
    })
}

export const openSite = (browsers: number) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => {
        const meet = makeMeeting(browsers)
        return Bun.serve({
          port: 0,
          hostname: "127.0.0.1",
          idleTimeout: 0,
          fetch: ({ url }) =>
            new URL(url).pathname === "/meet"
              ? meet()
              : new Response(PAGE, { headers: { "Content-Type": "text/html" } })
        })
      }),
      (server) => Effect.promise(() => server.stop(true))
    ),
    ({ url }) => url.href
  )
