import { Hono } from "hono"
import { findAsset } from "./Assets.ts"
import { needs } from "./needs.ts"
import { acceptsGzip } from "./page.tsx"

export const assetRoutes = () =>
  new Hono().get("/assets/:name", needs("nobody"), (c) => {
    const asset = findAsset(c.req.param("name"))
    if (asset === undefined) return c.notFound()
    const zipped = acceptsGzip(c)
    return c.body(zipped ? asset.gzip : asset.plain, 200, {
      "content-type": asset.type,
      "cache-control": "public, max-age=31536000, immutable",
      "x-content-type-options": "nosniff",
      vary: "Accept-Encoding",
      ...(zipped && { "content-encoding": "gzip" })
    })
  })
