/** The package.json of the package that others install. */
import own from "../package.json"

/** Entries that run in browsers. */
export const CLIENT_ENTRIES = ["client", "query", "react", "element"] as const

/** Its place in src, and in the package. */
export const STYLESHEET = "client/react/callboard.css"

const { version, description, license, dependencies } = own

const script = (entry: string) => ({ types: `./lib/${entry}.d.ts`, default: `./lib/${entry}.js` })

/**
 * Peers, all optional, and no dependency: a front end installs nothing that it does not use, and job types get the
 * `effect` of the project that they are in.
 */
const peers = {
  effect: `^${dependencies.effect}`,
  "@effect/platform-node": `^${dependencies["@effect/platform-node"]}`,
  playwright: `^${dependencies.playwright}`,
  react: "^18 || ^19",
  // The oldest with React 19 that was tried.
  "@tanstack/react-query": "^5.62.0"
}

export const manifest = {
  name: own.name,
  version,
  description,
  license,
  type: "module",
  engines: { node: ">=18" },
  exports: {
    ".": script("callboard"),
    "./testing": script("testing"),
    ...Object.fromEntries(CLIENT_ENTRIES.map((entry) => [`./${entry}`, script(entry)])),
    "./callboard.css": { types: `./lib/${STYLESHEET}.d.ts`, default: `./lib/${STYLESHEET}` },
    "./package.json": "./package.json"
  },
  files: ["lib"],
  // Importing these does something: the rest may be left out when nothing of it is used.
  sideEffects: ["./lib/element.js", `./lib/${STYLESHEET}`],
  peerDependencies: peers,
  peerDependenciesMeta: Object.fromEntries(Object.keys(peers).map((name) => [name, { optional: true }]))
}
