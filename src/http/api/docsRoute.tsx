/** `GET /api/docs`: the reference page, made once from the OpenAPI document. */
import { OpenApi } from "effect/http-api"
import type { Context } from "hono"
import { Api } from "./Api.ts"
import { DocsPage } from "./DocsPage.tsx"
import type { OpenApiDocument } from "./OpenApiDocument.ts"

const style = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { margin: 0 }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem }
h2 { margin-top: 3rem }
section, details { border-top: 1px solid color-mix(in srgb, currentColor 20%, transparent); padding: .5rem 0 }
h4 { margin: 1rem 0 .25rem }
h3 small { font-weight: normal; white-space: nowrap; margin-left: .5rem; border: 1px solid; border-radius: .25rem; padding: 0 .375rem }
li details { border: 0; padding: 0 }
li summary { font-weight: normal }
h3 code { font-weight: normal; margin-left: .5rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; font-weight: normal }
th { white-space: nowrap; width: 11rem }
td:nth-child(2) { width: 15rem }
pre { padding: .75rem; white-space: pre-wrap; overflow-wrap: anywhere; border-radius: .375rem; background: color-mix(in srgb, currentColor 8%, transparent) }
summary { cursor: pointer; font-weight: bold }
@media (max-width: 40rem) { tr, th, td, td:nth-child(2) { display: block; width: auto } tr { padding: .375rem 0 } th { white-space: normal } }
h3, p, li, summary, th, td { overflow-wrap: anywhere }
:target { outline: 2px solid; outline-offset: 4px }
`

const styleHash = new Bun.CryptoHasher("sha256").update(style).digest("base64")

const policy = `default-src 'none'; style-src 'sha256-${styleHash}'; frame-ancestors 'none'; base-uri 'none'`

const document: unknown = OpenApi.fromApi(Api)

let page: string | undefined

export const docsRoute = (c: Context) => {
  page ??= `<!doctype html>${DocsPage({ document: document as OpenApiDocument, style })}`
  return c.html(page, 200, { "Content-Security-Policy": policy })
}
