/** Which methods each address of the API takes: a wrong method is answered with the right ones. */
import { HttpApi } from "effect/http-api"
import { SOCKET_PATH } from "../streams/SocketMessage.ts"
import { Api } from "./Api.ts"

export const OPENAPI_PATH = "/api/openapi.json"
export const DOCS_PATH = "/api/docs"

interface Route {
  readonly method: string
  readonly path: string
}

const endpoints = (): ReadonlyArray<Route> => {
  const found: Array<Route> = []
  HttpApi.reflect(Api, {
    onGroup: () => {},
    onEndpoint: ({ endpoint: { method, path } }) => found.push({ method, path })
  })
  return found
}

const routes = [
  ...endpoints(),
  { method: "GET", path: OPENAPI_PATH },
  { method: "GET", path: DOCS_PATH },
  { method: "GET", path: SOCKET_PATH }
].map(({ method, path }) => ({ method, path, pattern: new RegExp(`^${path.replace(/:\w+/gu, "[^/]+")}$`, "u") }))

/** The route that a path belongs to, with the names of its parts in place of their values. */
export const templateAt = (path: string): string | undefined =>
  (routes.find((route) => route.path === path) ?? routes.find(({ pattern }) => pattern.test(path)))?.path

/** The methods that exist at a path, none when the path does not exist. `/jobs/types` is no job. */
export const methodsAt = (path: string): ReadonlyArray<string> => {
  const named = routes.filter((route) => route.path === path)
  const found = named.length > 0 ? named : routes.filter(({ pattern }) => pattern.test(path))
  const methods = new Set(found.map(({ method }) => method))
  if (methods.has("GET")) methods.add("HEAD")
  return [...methods].toSorted()
}
