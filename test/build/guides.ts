/** The documentation for front ends, and the code in it. */
import { join } from "node:path"

export const readDoc = (path: string) => Bun.file(join(import.meta.dir, "../..", path)).text()

/** The guides for front ends: pages, and sections of pages. */
export const GUIDES: ReadonlyArray<readonly [path: string, heading?: string]> = [
  ["docs/react.md"],
  ["docs/clients.md"],
  ["docs/api.md", "## Wait for the end: stream"],
  ["README.md", "## From a front end"]
]

export const readGuide = async ([path, heading = ""]: (typeof GUIDES)[number]) => {
  const text = await readDoc(path)
  return heading === "" ? text : text.slice(text.indexOf(heading)).split("\n## ")[0]!
}

/** What the examples of the documentation take from the page around them. */
export const GUIDE = {
  // The first one of the README is the file with the job type that the guides call.
  "callboard/callboard.config.ts": /```ts\n([\s\S]*?)```/u.exec(await readDoc("README.md"))![1]!,
  "guide/page.d.ts": `declare const session: { readonly token: string; readonly accessToken: string }
    declare const jobId: string
    declare const show: (result: unknown) => void
    declare const use: (result: unknown) => void`
}

/** The files that a page of the documentation has its readers write, by name. */
export const filesOf = async (doc: string): Promise<ReadonlyArray<readonly [name: string, text: string]>> => {
  const text = await readDoc(`docs/${doc}`)
  const blocks = [...text.matchAll(/```jsx?\n(\/\/ (\S+)\n[\s\S]*?)```/gu)]
  return blocks.map(([, body, name]) => [name!, body!])
}
