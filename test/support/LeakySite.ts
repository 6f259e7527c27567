/** A site that repeats a password everywhere it should not be: for tests of what hides it. */
import { Effect } from "effect"

const page = (title: string, body: string) =>
  new Response(`<!DOCTYPE html><title>${title}</title>${body}`, {
    headers: { "content-type": "text/html", "set-cookie": "sid=cookie-0123456789; HttpOnly" }
  })

const SIGN_IN = `
  <form method="post" action="/welcome">
    <label>Email <input name="email"></label>
    <label>Password <input type="password" name="password"></label>
    <button>Sign in</button>
  </form>`

const asHtml = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;")

const welcome = (password: string) => {
  const [html, json, url] = [asHtml(password), JSON.stringify(password), encodeURIComponent(password)]
  const script = `
    console.error("signed in with", ${json})
    fetch("/gone?password=${url}&token=tok-0123456789", { headers: { Authorization: "Bearer " + ${json} } })
    localStorage.setItem("password", ${json})`
  const body = `
    <h1>Welcome</h1>
    <p>Your password is ${html}.</p>
    <label>Again <input value="${html}"></label>
    <div id="shadow"></div>
    <script>${script.replaceAll("<", "\\u003c")}</script>`
  return page(`Welcome ${html}`, body)
}

/** Its address. Ends with the scope. */
export const openLeakySite = Effect.acquireRelease(
  Effect.sync(() =>
    Bun.serve({
      port: 0,
      fetch: async (request) => {
        const { pathname } = new URL(request.url)
        if (pathname === "/gone") return new Response("gone", { status: 404 })
        if (request.method !== "POST") return page("Sign in", SIGN_IN)
        return welcome(new URLSearchParams(await request.text()).get("password") ?? "")
      }
    })
  ),
  (server) => Effect.promise(() => server.stop(true))
).pipe(Effect.map((server) => server.url.href))
