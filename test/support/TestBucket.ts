/** As much of S3 as Bun's client asks for. It checks no signature. */
import { Effect } from "effect"

const xml = (text: string, status = 200) =>
  new Response(text, { status, headers: { "content-type": "application/xml" } })

const missing = () => xml("<Error><Code>NoSuchKey</Code><Message>gone</Message></Error>", 404)

/** A server with one bucket, `objects` by key. Ends with the scope. */
export const openBucket = Effect.gen(function* () {
  const objects = new Map<string, Buffer<ArrayBuffer>>()
  const uploads = new Map<string, Map<number, Buffer<ArrayBuffer>>>()
  let largestPart = 0

  const post = (key: string, id: string | null) => {
    if (id === null) {
      uploads.set(key, new Map())
      return xml(`<InitiateMultipartUploadResult><UploadId>${key}</UploadId></InitiateMultipartUploadResult>`)
    }
    const parts = [...(uploads.get(id) ?? [])].toSorted(([a], [b]) => a - b)
    objects.set(key, Buffer.concat(parts.map(([, part]) => part)))
    return xml('<CompleteMultipartUploadResult><ETag>"whole"</ETag></CompleteMultipartUploadResult>')
  }
  const put = (key: string, body: Buffer<ArrayBuffer>, { searchParams }: URL) => {
    largestPart = Math.max(largestPart, body.length)
    const upload = uploads.get(searchParams.get("uploadId") ?? "")
    if (upload === undefined) objects.set(key, body)
    else upload.set(Number(searchParams.get("partNumber")), body)
    return new Response(null, { headers: { etag: '"part"' } })
  }
  const get = (key: string, range: string | null) => {
    const object = objects.get(key)
    if (object === undefined) return missing()
    const [, from, last] = /^bytes=(\d+)-(\d+)$/u.exec(range ?? "") ?? []
    if (from === undefined) return new Response(object)
    return new Response(object.subarray(Number(from), Number(last) + 1), { status: 206 })
  }

  const serve = () =>
    Bun.serve({
      port: 0,
      fetch: async (request) => {
        const url = new URL(request.url)
        const key = decodeURIComponent(url.pathname)
        if (!request.headers.get("authorization")?.includes("AWS4-HMAC-SHA256")) return xml("<Error/>", 403)
        if (request.method === "POST") return post(key, url.searchParams.get("uploadId"))
        if (request.method === "PUT") return put(key, Buffer.from(await request.arrayBuffer()), url)
        if (request.method === "DELETE") return objects.delete(key) ? new Response(null, { status: 204 }) : missing()
        if (request.method === "HEAD") return objects.has(key) ? new Response(null) : missing()
        return get(key, request.headers.get("range"))
      }
    })
  const server = yield* Effect.acquireRelease(Effect.sync(serve), (running) => Effect.promise(() => running.stop(true)))
  return {
    objects,
    /** Bytes of the largest request. */
    largestPart: () => largestPart,
    url: `s3+http://key:se%2Fcret@${server.hostname}:${server.port}/bucket/some/folder?region=eu-central-1`
  }
})
