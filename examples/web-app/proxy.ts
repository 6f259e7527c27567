/**
 * Passes requests of the page on to Callboard, as the gateway of a real front end does. So the page needs no address and
 * no key: the key stays here, and only jobs can be reached with it.
 */

/** What Callboard has to know of a request. The rest, such as cookies, is none of its business. */
const PASSED_ON = ["accept", "content-type", "idempotency-key", "if-none-match", "last-event-id"]

/** What the page has to know of an answer. */
const GIVEN_BACK = [
  "cache-control",
  "content-disposition",
  "content-type",
  "etag",
  "location",
  "retry-after",
  // Files of jobs come under this page's address: what Callboard forbids them has to hold here too.
  "content-security-policy",
  "cross-origin-resource-policy",
  "x-content-type-options"
]

const chosen = (headers: Headers, names: ReadonlyArray<string>) =>
  names.flatMap((name) => {
    const value = headers.get(name)
    return value === null ? [] : [[name, value] as [string, string]]
  })

/** Other pages in the same browser can send requests here too, also under a name of theirs that points here. */
const isOwn = (request: Request): boolean => {
  const host = request.headers.get("host") ?? ""
  const origin = request.headers.get("origin")
  return /^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host) && (origin === null || origin === `http://${host}`)
}

export const makeProxy = (callboard: URL, token: string | undefined) => async (request: Request) => {
  if (!isOwn(request)) return new Response("Only the page of this server may ask.", { status: 403 })
  const { pathname, search } = new URL(request.url)
  // Looked at behind the parser: "/api/jobs/%2e%2e/keys" is "/api/keys". A slash that is written otherwise may become one later.
  if (!/^\/api\/jobs(\/|$)/.test(pathname) || /%2f|%5c/i.test(pathname))
    return new Response("There is no such page.", { status: 404 })
  try {
    const answer = await fetch(new URL(`${pathname}${search}`, callboard), {
      method: request.method,
      headers: [
        ...chosen(request.headers, PASSED_ON),
        ...(token === undefined ? [] : [["authorization", `Bearer ${token}`] as [string, string]])
      ],
      body: request.body,
      redirect: "manual",
      // A connection that is used again may be closed by the other end just then.
      keepalive: false,
      signal: request.signal
    })
    return new Response(answer.body, { status: answer.status, headers: chosen(answer.headers, GIVEN_BACK) })
  } catch {
    return Response.json({ title: "Callboard cannot be reached", code: "UNREACHABLE" }, { status: 502 })
  }
}
