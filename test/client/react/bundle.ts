/** A test page as a bundler of a front end makes it, with React 19 or 18. */
import { join } from "node:path"
import type { BunPlugin } from "bun"

const PAGES = join(import.meta.dir, "pages")
const CSS = join(import.meta.dir, "../../../src/client/react/callboard.css")

/** Everything that asks for React, TanStack Query too, gets version 18. */
const react18: BunPlugin = {
  name: "react18",
  setup: (build) => {
    build.onResolve({ filter: /^react(-dom)?(\/|$)/u }, ({ path }) => ({
      path: Bun.resolveSync(path.replace(/^(react|react-dom)(\/|$)/u, "$118$2"), PAGES)
    }))
  }
}

export const bundle = async (page: string, version: 18 | 19 = 19): Promise<string> => {
  const { outputs } = await Bun.build({
    entrypoints: [join(PAGES, page)],
    target: "browser",
    define: { "process.env.NODE_ENV": '"development"' },
    plugins: version === 18 ? [react18] : []
  })
  return outputs[0]!.text()
}

export const stylesheet = (): Promise<string> => Bun.file(CSS).text()

const LAYOUT = `:root { color-scheme: light dark; font-family: system-ui, sans-serif }
body { margin: 0 auto; max-width: 72rem; padding: 1rem; background: light-dark(#f5f6f8, #0f1217); color: light-dark(#15181e, #e8eaee) }
.grid { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr)); align-items: start }
.small { grid-template-columns: repeat(auto-fill, minmax(min(100%, 16rem), 1fr)) }
.list { display: grid; gap: 1rem; padding: 1rem; background: light-dark(#fff, #161a21); --callboard-background: light-dark(#fff, #161a21) }`

/** `head` is what gives it its looks. */
export const page = (head: string, script: string, content = ""): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Jobs</title>
<meta name="viewport" content="width=device-width, initial-scale=1">${head}</head>
<body><main id="root">${content}</main><script type="module">${script.replaceAll("</script", "<\\/script")}</script></body></html>`

export const html = (css: string, script: string, content?: string): string =>
  page(`<style>${css}${LAYOUT}</style>`, script, content)
